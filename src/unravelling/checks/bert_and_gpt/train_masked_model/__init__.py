"""Exercise 07.6."""
