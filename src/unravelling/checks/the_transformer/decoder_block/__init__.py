"""Exercise 05.4."""
