"""This module tells the tests to leave the programs of other tools alone: they are optional."""

collect_ignore_glob = ["tools/*"]
