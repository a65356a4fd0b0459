"""Exercise 09.8."""
