"""The command line: wiring, the real clock, and errors turned into one line and an exit code (design.md § 7)."""

from mailbot.cli.main import main

__all__ = ["main"]
