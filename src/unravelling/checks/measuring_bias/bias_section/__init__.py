"""Exercise 11.5."""
