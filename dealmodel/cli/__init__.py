"""The command line: run, check, explain, certify, schema."""

from __future__ import annotations

from dealmodel.cli.app import main

__all__ = ["main"]
