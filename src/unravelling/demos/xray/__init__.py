"""The X-ray of module 05: one forward pass of the real decoder, stop by stop."""

from unravelling.demos.xray.view import XRay

__all__ = ["XRay"]
