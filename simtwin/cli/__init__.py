"""The command line: parse, one verb, say the answer. No decisions are made here."""

from simtwin.cli.program import app, main

__all__ = ["app", "main"]
