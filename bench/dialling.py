"""`python -m bench.dialling`: what one request on a fresh connection costs, plain and by TLS.

The dialer is the real one; the call API is a process of its own on this machine that answers after a while, with a
certificate made for the occasion. Printed: CPU of the dialling side a request, and the ratio, which is what counts.
"""

import argparse
import asyncio
import multiprocessing
import ssl
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.contracts import Credentials, DialOrder
from gateway.model import Placed
from workers.dialers import DialerOptions
from workers.dialers.agentalk import AgentalkDialer

_ANSWER = (
    b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\nConnection: close\r\n\r\n{"id":"c1"}'
)
_TOKEN = "00000000-0000-4000-8000-000000000000.bench"  # noqa: S105 - opens nothing


def certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 with its key, valid for a day, in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bench")])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    plain = serialization.NoEncryption()
    text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(text + signed.public_bytes(serialization.Encoding.PEM))
    return file


def serve(port: "multiprocessing.Queue[int]", delay: float, file: Path | None) -> None:
    """The call API: every connection is answered once, after `delay` seconds. Runs until it is terminated."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        await asyncio.sleep(delay)
        writer.write(_ANSWER)
        await writer.drain()
        writer.close()

    async def run() -> None:
        context = None
        if file is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(file)
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context, backlog=2048)
        port.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(run())


async def dialled(port: int, file: Path | None, *, requests: int, at_once: int) -> float:
    """CPU of this process in µs for each of so many requests, all of them placed."""
    context = None if file is None else ssl.create_default_context(cafile=str(file))
    scheme = "http" if file is None else "https"
    dialer = AgentalkDialer(f"{scheme}://127.0.0.1:{port}", DialerOptions(ssl_context=context, connect_seconds=20.0))
    credentials = Credentials(account="main", token=_TOKEN, organization=None)
    turns = iter(range(requests))

    async def one_after_another() -> None:
        for number in turns:
            order = DialOrder(
                call_id=f"c{number}",
                from_number_id="pn",
                contact_id="ct",
                campaign_id=None,
                start_by=time.monotonic() + 60,
            )
            outcome = await dialer.dial(order, credentials)
            if not isinstance(outcome, Placed):
                raise SystemExit(f"not placed: {outcome}")

    await one_of(dialer, credentials)
    before = time.process_time()
    await asyncio.gather(*(one_after_another() for _ in range(at_once)))
    return (time.process_time() - before) / requests * 1e6


async def one_of(dialer: AgentalkDialer, credentials: Credentials) -> None:
    """A first request, so that nothing is imported or made for the first time while it is measured."""
    order = DialOrder(
        call_id="first", from_number_id="pn", contact_id="ct", campaign_id=None, start_by=time.monotonic() + 60
    )
    await dialer.dial(order, credentials)


def measured(file: Path | None, *, requests: int, at_once: int, delay: float) -> float:
    """The same against a server process of its own."""
    kind = multiprocessing.get_context("spawn")
    port: multiprocessing.Queue[int] = kind.Queue()
    server = kind.Process(target=serve, args=(port, delay, file), daemon=True)
    server.start()
    try:
        return uvloop.run(dialled(port.get(timeout=60), file, requests=requests, at_once=at_once))
    finally:
        server.terminate()
        server.join()


def main(arguments: Sequence[str]) -> int:
    """Print what both cost, in turns."""
    parser = argparse.ArgumentParser(prog="python -m bench.dialling", description=__doc__)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--at-once", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args(arguments)
    given = {"requests": options.requests, "at_once": options.at_once, "delay": 0.05}
    with tempfile.TemporaryDirectory(prefix="dgt") as folder:
        file = certificate(Path(folder))
        for _ in range(options.repeats):
            plain, tls = measured(None, **given), measured(file, **given)
            sys.stdout.write(f"plain {plain:.0f} µs, TLS {tls:.0f} µs a request: {tls / plain:.2f} times\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
