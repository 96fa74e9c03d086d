"""Which running Dialgate a command talks to: flags, then the environment, then a running `dialgate up`."""

import getpass
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import typer

from gateway.cli.screen import FAILED, MISUSED, CommandFailed
from gateway.errors import ConfigInvalid
from gateway.model import record
from gateway.settings import Settings, read_settings

UP_FILE = "up.json"
_PLAIN_NAME = re.compile(r"(?!.*\d{4})[\w.@+-]{1,64}", re.ASCII)
_SECONDS = 30.0


@record
class Place:
    """A running Dialgate as `up` left it in its folder, or as flags and environment say."""

    url: str
    key: str | None
    sandbox_url: str | None
    config: Path
    data_dir: Path


def settings_now(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this shell."""
    return read_settings(os.environ if environ is None else environ)


def find_place(url: str | None = None, key: str | None = None, data_dir: Path | None = None) -> Place:
    """Flags win over the environment, the environment over a running `up`, and that over the defaults."""
    settings = settings_now()
    folder = data_dir or settings.data_dir
    running = read_up_file(folder)
    public = settings.public_url if "public_url" in settings.model_fields_set else None
    known_key = settings.api_key.get_secret_value() if settings.api_key is not None else None
    sandbox = settings.call_api_url if settings.sandbox else None
    config = settings.config if "config" in settings.model_fields_set else running.get("config", settings.config)
    return Place(
        url=(url or public or running.get("url") or settings.public_url).rstrip("/"),
        key=key or known_key or running.get("api_key"),
        sandbox_url=sandbox or running.get("sandbox_url"),
        config=Path(config),
        data_dir=folder,
    )


def read_up_file(folder: Path) -> dict[str, Any]:
    """What a running `up` wrote into its data folder; empty when there is none."""
    try:
        content = json.loads((folder / UP_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


class Api:
    """The HTTP API of a place. Every failure is one clear text."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def get(self, path: str, **query: object) -> Any:
        """The JSON at a path."""
        wanted = {name: str(value) for name, value in query.items() if value is not None}
        return self._ask("GET", path, params=wanted)

    def find(self, path: str) -> Any:
        """The JSON at a path, or None if there is nothing."""
        answer = self._exchange("GET", path)
        return None if answer.status_code == httpx.codes.NOT_FOUND else self._content(answer, path)

    def post(self, path: str, body: Mapping[str, object] | None = None) -> Any:
        """What an order answers."""
        return self._ask("POST", path, json=dict(body or {}))

    def post_text(self, path: str, text: str, content_type: str, **query: object) -> Any:
        """What an order answers whose body is not JSON."""
        wanted = {name: str(value) for name, value in query.items() if value is not None}
        headers = {"Content-Type": content_type}
        return self._ask("POST", path, params=wanted, content=text.encode(), headers=headers)

    def delete(self, path: str, **query: object) -> Any:
        """What a removal answers."""
        return self._ask("DELETE", path, params={name: str(value) for name, value in query.items()})

    def _ask(self, method: str, path: str, **how: Any) -> Any:
        return self._content(self._exchange(method, path, **how), path)

    def _exchange(self, method: str, path: str, **how: Any) -> httpx.Response:
        if self._place.key is None:
            raise CommandFailed(
                "no API key: start `dialgate up` in this folder, or set DIALGATE_API_KEY or --key", code=MISUSED
            )
        who = {"Dialgate-Actor": person} if (person := user_name()) else {}
        headers = {"Authorization": f"Bearer {self._place.key}", **who, **how.pop("headers", {})}
        return ask(method, self._place.url + path, headers=headers, **how)

    def _content(self, answer: httpx.Response, path: str) -> Any:
        if answer.is_success:
            return answer.json()
        invalid = answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
        raise CommandFailed(_refusal(answer, path), code=MISUSED if invalid else FAILED)


def connect(
    context: typer.Context, url: str | None = None, key: str | None = None, data_dir: Path | None = None
) -> Api:
    """The API of the place that a group's options name, kept for the group's commands."""
    context.obj = Api(find_place(url, key, data_dir))
    return api_of(context)


def api_of(context: typer.Context) -> Api:
    """The API that the group of this command is connected to."""
    api: Api = context.obj
    return api


def user_name() -> str:
    """Who is at this machine, for the history of what is ordered; empty when nobody can say, or it is no plain name."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container without such a user
        return ""
    return name if _PLAIN_NAME.fullmatch(name) else ""


def ask(method: str, url: str, **how: Any) -> httpx.Response:
    """One HTTP exchange with a part of a running Dialgate. Raises CommandFailed when nothing answers."""
    try:
        with httpx.Client(timeout=_SECONDS, trust_env=False) as client:
            return client.request(method, url, **how)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        where = url.split("/hooks/")[0].split("/v1/")[0]
        detail = f"nothing answers at {where} ({type(error).__name__})"
        raise CommandFailed(f"{detail}: is Dialgate running? `dialgate up` starts it") from None


def _refusal(answer: httpx.Response, path: str) -> str:
    if answer.status_code == 401:
        return "the API key is not accepted (see DIALGATE_API_KEY, --key, or what `dialgate up` printed)"
    said = error_text(answer)
    if answer.status_code == 404:
        return said or f"there is nothing at {path}"
    return f"refused ({answer.status_code}): {said}"


def error_text(answer: httpx.Response) -> str:
    """What an error answer says, in whatever shape it says it."""
    try:
        body = answer.json()
    except ValueError:
        return answer.text[:300]
    if isinstance(body, dict) and isinstance(body.get("errors"), list):
        return "; ".join(f"{fault.get('field')}: {fault.get('message')}" for fault in body["errors"])
    if isinstance(body, dict):
        for name in ("detail", "message", "error"):
            if isinstance(body.get(name), str):
                return str(body[name])
    return json.dumps(body)[:300]


def config_path(given: Path | None) -> Path:
    """The configuration: the flag, else DIALGATE_CONFIG, else what a running `up` uses, else the default.

    Raises CommandFailed when nothing is there.
    """
    path = given or find_place().config
    if not path.exists():
        message = f"there is no configuration at {path}: name one with --config or DIALGATE_CONFIG"
        raise CommandFailed(message, code=MISUSED)
    return path


def problems_text(error: ConfigInvalid) -> str:
    """Every problem, one a line."""
    return "\n".join(str(problem) for problem in error.problems)
