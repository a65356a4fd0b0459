"""The demos of module 10."""
