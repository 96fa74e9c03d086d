"""Importing the product does nothing but define things."""

import subprocess
import sys

from tree import ROOT, files, name_of

GUARDED = """
import importlib, os, socket, subprocess, sys, threading, time

def refuse(what):
    def refused(*_, **__):
        sys.exit(f"{what} while importing {sys.argv[1]}")
    return refused

socket.socket.connect = refuse("connected")
socket.socket.bind = refuse("listened")
subprocess.Popen.__init__ = refuse("started a process")
threading.Thread.start = refuse("started a thread")
time.sleep = refuse("slept")
for name in sys.argv[1:]:
    sys.argv[1] = name
    importlib.import_module(name)
"""


def test_importing_connects_starts_and_waits_for_nothing() -> None:
    """No module opens a socket, starts a process or a thread, or sleeps when it is imported."""
    modules = [
        name_of(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        for path in files("gateway/*.py", "workers/*.py")
        if path.stem != "__main__"
    ]
    done = subprocess.run(
        [sys.executable, "-c", GUARDED, *modules], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
