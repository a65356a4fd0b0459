"""The command `unravelling`."""


def main() -> int:
    """Entry point."""
    return 0
