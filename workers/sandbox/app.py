"""The sandbox as one ASGI app: the call API's double, what it remembers, its faults and its page."""

import os
import random as standard_random
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import orjson
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.ids import RandomBytes
from workers.dialers import utc_now
from workers.sandbox.call_api import CallApi
from workers.sandbox.faults import Faults
from workers.sandbox.page import Page
from workers.sandbox.records import Records

WELL_KNOWN = "/.well-known/dialgate-sandbox"


def build_sandbox(
    *,
    data_dir: Path | None = None,
    now: Callable[[], datetime] = utc_now,
    monotonic: Callable[[], float] = time.monotonic,
    random: Callable[[], float] = standard_random.random,
    random_bytes: RandomBytes = os.urandom,
) -> Starlette:
    """A sandbox; with `data_dir` its rings and contacts survive restarts. Raises OSError for an unusable folder.

    Faults that break connections need the server of `sandbox_server`; under another one they answer 501.
    """
    records = Records(data_dir)
    api = CallApi(records, now=now, monotonic=monotonic, random=random, random_bytes=random_bytes)
    inspection = Inspection(records, api)
    page = Page(records)
    routes = [
        Route("/api/calls/outbound", api.call, methods=["POST"]),
        Route("/api/contacts", api.contact, methods=["POST"]),
        Route("/api/campaigns", api.listing, methods=["GET"]),
        Route("/api/account/custom-fields", api.listing, methods=["GET"]),
        Route("/rings", inspection.rings, methods=["GET"]),
        Route("/rings", inspection.forget_rings, methods=["DELETE"]),
        Route("/contacts", inspection.contacts, methods=["GET"]),
        Route("/contacts", inspection.forget_contacts, methods=["DELETE"]),
        Route("/faults", inspection.faults, methods=["GET"]),
        Route("/faults", inspection.set_faults, methods=["PUT"]),
        Route(WELL_KNOWN, inspection.well_known, methods=["GET"]),
        *page.routes(),
    ]
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False  # paths are taken verbatim, as the API's are
    return app


class Inspection:
    """What tests and people look at and change; no part of the call API."""

    def __init__(self, records: Records, api: CallApi) -> None:
        self._records = records
        self._api = api

    async def rings(self, _: Request) -> Response:
        """GET /rings: every ring in order."""
        return _json([ring.listed() for ring in self._records.rings()])

    async def forget_rings(self, _: Request) -> Response:
        """DELETE /rings."""
        self._records.forget_rings()
        return Response(status_code=204)

    async def contacts(self, _: Request) -> Response:
        """GET /contacts: every contact, phone numbers in full."""
        return _json(self._records.contacts())

    async def forget_contacts(self, _: Request) -> Response:
        """DELETE /contacts."""
        self._records.forget_contacts()
        return Response(status_code=204)

    async def faults(self, _: Request) -> Response:
        """GET /faults: as they were last put."""
        return JSONResponse(self._api.faults.model_dump(mode="json"))

    async def set_faults(self, request: Request) -> Response:
        """PUT /faults: replaces them; 400 says what is wrong and changes nothing."""
        try:
            faults = Faults.model_validate_json(await request.body())
        except ValidationError as error:
            return JSONResponse({"detail": [_problem(fault) for fault in error.errors()]}, status_code=400)
        self._api.set_faults(faults)
        return await self.faults(request)

    async def well_known(self, _: Request) -> Response:
        """Proof that an address is this sandbox and rings no phone."""
        return JSONResponse({"sandbox": True})


def _json(content: object) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")


def _problem(fault: object) -> str:
    details = dict(fault) if isinstance(fault, dict) else {}
    place = ".".join(str(part) for part in details.get("loc", ()))
    return f"{place or 'body'}: {details.get('msg', 'invalid')}"
