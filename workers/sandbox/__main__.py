"""`python -m workers.sandbox`: the sandbox as a process of its own."""

import argparse
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

from workers.sandbox.app import build_sandbox
from workers.sandbox.server import listening_socket, sandbox_server


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; 1, with one clear line on stderr, if the folder or the port cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        app = build_sandbox(data_dir=options.data_dir)
    except OSError as error:
        return _failed(f"the data folder {options.data_dir} cannot be used: {error.strerror}")
    try:
        sock = listening_socket(options.host, options.port)
    except (OSError, OverflowError) as error:
        return _failed(f"cannot listen on {options.host}:{options.port}: {error}; is another sandbox running?")
    host = f"[{options.host}]" if ":" in options.host else options.host
    sys.stdout.write(f"sandbox call API on http://{host}:{sock.getsockname()[1]} (open it to watch phones ring)\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again once it has stopped in order
        sandbox_server(app).run(sockets=[sock])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m workers.sandbox", description="A double of the call API. No phone ever rings."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8090, help="port; 0 picks a free one (default: %(default)s)")
    parser.add_argument("--data-dir", type=Path, default=None, help="folder where rings survive a restart")
    return parser


def _failed(message: str) -> int:
    sys.stderr.write(f"sandbox: {message}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
