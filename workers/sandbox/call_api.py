"""The documented operations, with the faults that are switched on.

Order for each request: reset_before · read · token · body · rate limit · refusing status · the effect (a ring is
counted here) · latency · the answer, or the fault that spoils it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.ids import RandomBytes, new_id
from workers.sandbox import wire
from workers.sandbox.contract import Caller, Refusal, call_fields, caller, contact_fields, listing_refusal
from workers.sandbox.faults import Fault, Faults, Kind, Operation
from workers.sandbox.records import Records

_MAX_BODY = 256 * 1024
_Effect = Callable[[Caller, bytes], "Refusal | tuple[int, dict[str, Any]]"]


class CallApi:
    """The double's endpoints over one set of records; `set_faults` decides how they misbehave."""

    def __init__(
        self,
        records: Records,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        random: Callable[[], float],
        random_bytes: RandomBytes,
    ) -> None:
        self._records = records
        self._now = now
        self._monotonic = monotonic
        self._random = random
        self._random_bytes = random_bytes
        self.set_faults(Faults())

    def set_faults(self, faults: Faults) -> None:
        """Replace every fault; counts start again."""
        self.faults = faults
        self._calls = self._operation(faults.calls)
        self._contacts = self._operation(faults.contacts)
        self._probe = self._operation(faults.probe)

    async def call(self, request: Request) -> Response:
        """POST /api/calls/outbound. Documented: 200 with an object. Assumed: what the object holds."""

        def place(_: Caller, body: bytes) -> Refusal | tuple[int, dict[str, Any]]:
            fields = call_fields(request.headers.get("content-type", ""), body)
            if isinstance(fields, Refusal):
                return fields
            self._records.ring(fields, at=self._now())
            call_id = new_id("call", now=self._now(), random=self._random_bytes)
            return 200, self._with_id(self._calls, call_id, {"status": "initiated", **fields})

        return await self._run(request, self._calls, place)

    async def contact(self, request: Request) -> Response:
        """POST /api/contacts. Assumed: 201 for a new contact, 200 for a known one, and what the object holds."""

        def upsert(who: Caller, body: bytes) -> Refusal | tuple[int, dict[str, Any]]:
            fields = contact_fields(request.headers.get("content-type", ""), body)
            if isinstance(fields, Refusal):
                return fields
            contact, created = self._records.upsert(who.organization, fields)
            shown = {name: value for name, value in contact.items() if name != "id"}
            return 201 if created else 200, self._with_id(self._contacts, contact["id"], shown)

        return await self._run(request, self._contacts, upsert)

    async def listing(self, request: Request) -> Response:
        """GET /api/campaigns and /api/account/custom-fields. Assumed: the list is empty and paged like this."""

        def read(_: Caller, __: bytes) -> Refusal | tuple[int, dict[str, Any]]:
            return listing_refusal(request.query_params) or (200, {"count": 0, "results": []})

        return await self._run(request, self._probe, read)

    async def _run(self, request: Request, operation: Operation, effect: _Effect) -> Response:
        fault = operation.draw()
        if fault is not None and fault.kind is Kind.RESET_BEFORE:
            return await wire.reset(request)
        body = await _read(request)
        answer = self._decided(request, operation, effect, fault, body)
        if operation.faults.latency_ms:
            await wire.delay(request, operation.faults.latency_ms / 1000)
        if isinstance(answer, Response):
            return answer
        return await _spoiled(request, fault, answer)

    def _decided(
        self, request: Request, operation: Operation, effect: _Effect, fault: Fault | None, body: bytes | None
    ) -> Response | tuple[int, dict[str, Any]]:
        """The answer that stands whatever happens next: a refusal, or the effect's own. No waiting in here."""
        if body is None:
            return JSONResponse({"detail": "Request body too large."}, status_code=413)
        who = caller(request.headers.get("authorization"), request.headers.get("x-organization-id"))
        if isinstance(who, Refusal):
            return JSONResponse(who.body, status_code=who.status)
        if operation.over_limit():
            return self._too_many(operation)
        if fault is not None and fault.kind is Kind.STATUS and not fault.rings:
            return _told(fault)
        answer = effect(who, body)
        return JSONResponse(answer.body, status_code=answer.status) if isinstance(answer, Refusal) else answer

    def _too_many(self, operation: Operation) -> Response:
        limit = operation.faults.rate_limit
        date = format_datetime(self._now() + timedelta(seconds=1), usegmt=True)
        value = {"seconds": "1", "date": date}.get(limit.retry_after if limit else "none")
        headers = {} if value is None else {"retry-after": value}
        return JSONResponse({"detail": "Request was throttled."}, status_code=429, headers=headers)

    def _operation(self, faults: Any) -> Operation:
        return Operation(faults, random=self._random, monotonic=self._monotonic)

    def _with_id(self, operation: Operation, text_id: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The answer with its id at the configured place."""
        *outer, last = operation.faults.id_place.split(".")
        if not last:
            return dict(fields)
        identifier: Any = _number_of(text_id) if operation.faults.id_number else text_id
        answer: dict[str, Any] = {last: identifier, **fields}
        for name in reversed(outer):
            answer = {name: answer}
        return answer


async def _spoiled(request: Request, fault: Fault | None, answer: tuple[int, dict[str, Any]]) -> Response:
    status, content = answer
    kind = None if fault is None else fault.kind
    if fault is not None and kind is Kind.STATUS:
        return _told(fault)
    if kind is Kind.RESET_AFTER:
        return await wire.reset(request)
    if kind is Kind.STALL:
        return await wire.stall(request)
    body = orjson.dumps(content)
    if kind is Kind.TRUNCATE:
        return await wire.truncate(request, body)
    if kind is Kind.DRIP:
        return await wire.drip(request, body)
    if kind is Kind.BAD_GZIP:
        return wire.bad_gzip(body)
    return Response(body, status_code=status, media_type="application/json")


def _told(fault: Fault) -> Response:
    if isinstance(fault.body, str):
        return Response(fault.body, status_code=fault.status, headers=fault.headers, media_type="text/plain")
    body = fault.body if fault.body is not None else {"detail": f"Sandbox fault: {fault.status}."}
    return JSONResponse(body, status_code=fault.status, headers=fault.headers)


async def _read(request: Request) -> bytes | None:
    """The whole body; None if it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY:
            return None
    return bytes(body)


def _number_of(text_id: str) -> int:
    """A whole number that this id always gives, small enough for every JSON reader."""
    return int.from_bytes(text_id.encode()[-6:], "big")
