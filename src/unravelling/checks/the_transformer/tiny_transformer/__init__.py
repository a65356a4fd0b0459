"""Exercise 05.6."""
