"""The exercises of module 11."""
