"""The call API's base address: checked once, so that no token ever travels in clear to another machine."""

from ipaddress import ip_address

import httpx

from gateway.errors import ConfigInvalid, Problem


def checked_base_url(text: str, *, allow_plain_http: bool) -> str:
    """The address without a trailing slash; it may have a path prefix.

    Raises ConfigInvalid for anything that is no address, carries a user, query or fragment, or would send the token
    unencrypted: http:// is for this machine only, unless `allow_plain_http`.
    """
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise _invalid(f"is not an address: {error}") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise _invalid("must begin with https:// (or http:// for this machine) and name a host")
    if url.userinfo or url.query or url.fragment:
        raise _invalid("must not hold a user, a query or a fragment")
    if url.scheme == "http" and not allow_plain_http and not is_loopback(url.host):
        raise _invalid(f"would send the token unencrypted to {url.host}: use https://, or allow plain http explicitly")
    return text.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _invalid(message: str) -> ConfigInvalid:
    return ConfigInvalid([Problem(file="the call API's address", line=0, column=0, message=message)])
