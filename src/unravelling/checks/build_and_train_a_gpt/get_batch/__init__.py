"""Exercise 06.1."""
