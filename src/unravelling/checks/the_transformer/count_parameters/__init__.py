"""Exercise 05.5."""
