"""The command line: run, check, explain, certify, schema, new, diff."""

from __future__ import annotations

from dealmodel.cli.app import main

__all__ = ["main"]
