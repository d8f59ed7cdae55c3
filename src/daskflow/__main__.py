"""`python -m daskflow` is the command `daskflow`."""

import sys

from daskflow.command import main

if __name__ == "__main__":  # and not in a process that this one has spawned
    sys.exit(main())
