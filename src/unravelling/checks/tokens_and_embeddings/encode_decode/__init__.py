"""Exercise 02.4."""
