"""The demos of module 11."""
