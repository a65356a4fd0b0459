"""Exercise 01.4."""
