"""The exercises of module 10."""
