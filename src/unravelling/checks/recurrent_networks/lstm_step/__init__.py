"""Exercise 03.2."""
