"""Exercise 06.5."""
