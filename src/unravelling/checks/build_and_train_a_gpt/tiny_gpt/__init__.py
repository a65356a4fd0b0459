"""Exercise 06.4."""
