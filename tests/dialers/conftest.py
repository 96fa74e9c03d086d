"""A throw-away certificate, and a dialer whose patience is short."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from workers.dialers import DialerOptions
from workers.dialers.agentalk import AgentalkDialer


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    """Evidence must be the same in either loop: a worker dials in uvloop's, a stock `rq worker` in asyncio's."""
    return "asyncio", {"use_uvloop": request.param}


MakeDialer = Callable[..., AgentalkDialer]


@pytest.fixture
def make_dialer() -> MakeDialer:
    """Build a dialer with timeouts a test can wait for; keywords override options."""

    def make(url: str, **overrides: object) -> AgentalkDialer:
        short = {"connect_seconds": 5.0, "read_seconds": 1.0, "write_seconds": 5.0, "total_seconds": 3.0}
        return AgentalkDialer(url, DialerOptions(**{**short, **overrides}))  # type: ignore[arg-type] # tests pass any

    return make


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    """The server's side of TLS with the self-signed certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusting_tls(certificate: Path) -> ssl.SSLContext:
    """A client's side that trusts that certificate."""
    return ssl.create_default_context(cafile=str(certificate))
