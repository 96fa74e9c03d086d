"""A small OpenID Connect provider: discovery, keys, authorization, token; signed by a real key, wrong on order."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwk, jwt
from on_a_thread import Quiet, served

CLIENT = "dialgate"
SECRET = "client:secret/with+signs"


@dataclass
class SignInService:
    """`person` are the claims of whoever signs in; `wrong` changes what the id token says."""

    url: str = ""
    key: Any = field(default_factory=lambda: jwk.RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    person: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, Any] = field(default_factory=dict)
    signs_with: Any = None  # another key than the one it publishes
    algorithm: str = "RS256"
    document: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser goes on: back, with a code that knows what was asked."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state'], 'iss': self.url})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The id token for a code, once, for the client that proves its verifier and itself."""
        asked = self.codes.pop(form.get("code", ""), None)
        name = "dialgate:" + urlencode({"": SECRET})[1:]
        expected = "Basic " + base64.b64encode(name.encode()).decode()
        if asked is None or authorization != expected or form["redirect_uri"] != asked["redirect_uri"]:
            return None
        proof = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(proof).decode().rstrip("=") != asked["code_challenge"]:
            return None
        return {"access_token": "at", "token_type": "Bearer", "id_token": self.signed(asked["nonce"])}

    def signed(self, nonce: str) -> str:
        """An id token."""
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "sub": "u-1", "iat": now, "exp": now + 300, "nonce": nonce}
        claims |= self.person | self.wrong
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": "one"}
        if self.algorithm == "none":
            parts = (json.dumps(part).encode() for part in (header, claims))
            return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."
        return jwt.encode(header, claims, self.signs_with or self.key, algorithms=[self.algorithm])

    def answer(self, path: str) -> dict[str, Any] | None:
        """The two documents."""
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            told = {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
            }
            return told | self.document
        return {"keys": [self.key.as_dict(private=False)]} if path == "/keys" else None


@contextmanager
def running_service() -> Iterator[SignInService]:
    """A service on a port of its own, until the block ends."""
    service = SignInService()

    class Handler(Quiet):
        """Its addresses."""

        def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
            """A document, or the way back."""
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("Location", service.authorize(query))
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            _tell(self, service.answer(parts.path))

        def do_POST(self) -> None:  # noqa: N802 - the name that http.server calls
            """A code for a token."""
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(text).items()}
            _tell(self, service.token(form, self.headers.get("Authorization", "")))

    with served(Handler, threading.Event()) as url:
        service.url = url
        yield service


def _tell(to: BaseHTTPRequestHandler, told: dict[str, Any] | None) -> None:
    body = json.dumps(told if told is not None else {"error": "invalid_grant"}).encode()
    to.send_response(200 if told is not None else 400)
    to.send_header("Content-Length", str(len(body)))
    to.end_headers()
    to.wfile.write(body)
