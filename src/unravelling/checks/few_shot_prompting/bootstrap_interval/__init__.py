"""Exercise 10.4."""
