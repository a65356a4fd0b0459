"""The demo of module 00: three scores become three shares."""

from unravelling.demos.start_here.shares import Shares

__all__ = ["Shares"]
