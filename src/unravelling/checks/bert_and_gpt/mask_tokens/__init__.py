"""Exercise 07.1."""
