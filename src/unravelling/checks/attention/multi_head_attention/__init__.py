"""Exercise 04.4."""
