"""Exercise 06.6."""
