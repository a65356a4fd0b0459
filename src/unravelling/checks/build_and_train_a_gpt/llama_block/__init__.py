"""Exercise 06.7."""
