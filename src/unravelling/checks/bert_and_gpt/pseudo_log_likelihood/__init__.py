"""Exercise 07.3."""
