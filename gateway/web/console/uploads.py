"""A form with a file: multipart/form-data, bounded in bytes and time, held in memory and nowhere else."""

import asyncio
from collections.abc import AsyncGenerator, Mapping

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from gateway.web.bodies import ClientGone
from gateway.web.console.forms import read_form
from gateway.web.console.visit import Refusal, Upload

FILE_BYTES = 20_000_000  # some 1.4 million lines of phones
UPLOAD_SECONDS = 300.0
_FORM_BYTES = 2 * 1024 * 1024  # the other fields of the form, and what the encoding adds
_FIELDS = 20


async def read_upload(request: Request, limit: int) -> tuple[Mapping[str, str], Upload | None]:
    """The fields, and the file of at most `limit` bytes, if one was chosen. Raises Refusal or ClientGone.

    A body that is too large is read to its end and let go: a browser shows no answer that comes before.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        return await read_form(request), None
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            body = _bounded(request, limit + _FORM_BYTES)
            parser = MultiPartParser(request.headers, body, max_files=1, max_fields=_FIELDS)
            parser.spool_max_size = limit + _FORM_BYTES  # never on a disk: it keeps what is deleted, or is read-only
            form = await parser.parse()
    except TimeoutError:
        raise Refusal(408, "Not read", f"The file did not arrive within {UPLOAD_SECONDS:.0f} s.") from None
    except ClientDisconnect:
        raise ClientGone from None
    except MultiPartException as error:
        raise Refusal(422, "The form cannot be read", f"Nothing was done: {error.message}") from None
    fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    files = [value for value in form.values() if isinstance(value, UploadFile) and value.filename]
    if not files:
        return fields, None
    content = await files[0].read()
    await files[0].close()
    if len(content) > limit:
        raise too_large(limit)
    return fields, Upload(name=files[0].filename or "", content=content)


def too_large(limit: int) -> Refusal:
    """What is said of a file over the bound."""
    text = (
        f"The file is over {limit // 1_000_000} MB: split it, each part under the same first line, or use the command."
    )
    return Refusal(413, "Nothing imported", text)


async def _bounded(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for part in request.stream():
        size += len(part)
        if size <= limit:
            yield part
    if size > limit:
        raise too_large(limit - _FORM_BYTES)
