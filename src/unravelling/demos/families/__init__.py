"""The demos of module 07."""
