"""Exercise 10.5."""
