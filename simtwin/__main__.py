"""The command line as a module: ``python -m simtwin`` is the command ``simtwin``."""

from simtwin.cli import main

if __name__ == "__main__":
    main()
