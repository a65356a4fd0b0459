"""The exercises of module 07."""
