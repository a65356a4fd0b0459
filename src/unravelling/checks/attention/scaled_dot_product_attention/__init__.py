"""Exercise 04.1."""
