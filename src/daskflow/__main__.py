"""`python -m daskflow` is the command `daskflow`."""

import sys

from daskflow.command import main

if __name__ == "__main__":  # pragma: no cover - tried by a name that coverage skips
    sys.exit(main())
