"""Exercise 11.4."""
