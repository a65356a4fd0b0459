"""Exercise 05.3."""
