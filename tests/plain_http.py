"""Plain HTTP to the servers of the tests, patient with a busy machine.

httpx reads the file of certificate authorities for each client it makes, 30 ms of a core: what is asked again and again
until something happened would take that from the very processes it waits for.
"""

import ssl
from functools import partial
from typing import Any

import httpx

NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def request(method: str, url: str, **options: Any) -> httpx.Response:
    """As `httpx.request`, but for TLS, proxies of the environment, and a longer patience."""
    return httpx.request(method, url, **{"timeout": 30, "trust_env": False, "verify": NO_AUTHORITIES, **options})


get, post, put, delete = (partial(request, method) for method in ("GET", "POST", "PUT", "DELETE"))
