"""Exercise 03.5."""
