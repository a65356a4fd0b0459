"""Exercise 02.5."""
