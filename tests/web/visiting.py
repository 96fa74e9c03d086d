"""Somebody at a receiver's console, without a browser: signed in, and giving orders."""

import json
import re
from pathlib import Path

import httpx
from receiver import Receiver, settings_for

from gateway.console_key import KEY_FILE, digest_of
from gateway.settings import Settings
from gateway.web.console.cookies import HOME
from gateway.web.console.people import hash_password

KEY = "dgc_the-key-of-this-test"
PASSWORD = "a password of some length"
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
TOKEN = "11111111-2222-4333-8444-555555555555.not-a-real-token"


def furnish(folder: Path, **config: object) -> Path:
    """A configuration with a viewer, victor, and the console's key; and what else it is to hold."""
    victor = {"role": "viewer", "password_hash": hash_password(PASSWORD)}
    written = {"accounts": {"main": {"token": TOKEN}}, "console": {"users": {"victor": victor}}} | config
    (folder / "site.yaml").write_text(json.dumps(written), encoding="utf-8")
    (folder / KEY_FILE).write_text(digest_of(KEY), encoding="ascii")
    return folder


def settings_in(folder: Path, url: str) -> Settings:
    """A receiver's settings."""
    return settings_for(url, config=folder / "site.yaml", data_dir=folder)


def signed_in(receiver: Receiver, name: str = "", secret: str = KEY) -> Receiver:
    """The same receiver, with a fresh session in its client: the key holder's, unless somebody is named."""
    receiver.client.cookies.clear()
    token = CSRF.findall(receiver.client.get(f"{HOME}/sign-in").text)[0]
    form = {"csrf": token, "name": name, "password": secret}
    receiver.client.post(f"{HOME}/sign-in", data=form, headers={"Origin": receiver.url})
    return receiver


def order(place: Receiver, path: str, files: dict[str, tuple[str, bytes]] | None = None, **form: str) -> httpx.Response:
    """An order of this session, with files or without."""
    token = CSRF.findall(place.client.get(HOME).text)[0]
    data = {"csrf": token, **form}
    return place.client.post(HOME + path, data=data, files=files, headers={"Origin": place.url}, timeout=60)
