"""The command line as a module: ``python -m simtwin`` is the command ``simtwin``."""

import sys

from simtwin.cli import main

if __name__ == "__main__":
    sys.argv[0] = "simtwin"
    main()
