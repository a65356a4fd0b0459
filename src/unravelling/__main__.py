"""`python -m unravelling` is the command `unravelling`, also where scripts are not on the path."""

import sys

from unravelling.cli import main

if __name__ == "__main__":
    sys.exit(main())
