"""Exercise 11.1."""
