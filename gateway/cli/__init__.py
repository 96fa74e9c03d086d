"""The dialgate command."""

from gateway.cli.application import main

__all__ = ["main"]
