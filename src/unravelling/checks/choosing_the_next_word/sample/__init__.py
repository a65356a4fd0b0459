"""Exercise 09.6."""
