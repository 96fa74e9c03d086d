"""Signing in and staying so: who a request's browser is signed in as."""

import asyncio
import os
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

from starlette.requests import Request

from gateway.ids import new_id
from gateway.ledger.deeds import Deed
from gateway.ledger.sessions import Session
from gateway.model import record
from gateway.rules.console import Console
from gateway.web.console import people
from gateway.web.console.cookies import session_token
from gateway.web.console.visit import Visitor
from gateway.web.front import Front

_TOKEN_BYTES = 32
_TOUCHED_EVERY = timedelta(minutes=1)
_HASHING = ThreadPoolExecutor(2, "console-hash")  # argon2 takes 64 MiB and 50 ms: guessing must not take every core


@record
class SignedIn:
    """A fresh session's token and whose it is."""

    token: str
    identity: people.Identity


def fresh_token() -> str:
    """A token nobody can guess."""
    return urlsafe_b64encode(os.urandom(_TOKEN_BYTES)).decode().rstrip("=")


def console_of(front: Front) -> Console:
    """The console's part of the configuration in force."""
    return front.keeper.current.config.console


async def visitor_of(request: Request, front: Front) -> Visitor | None:
    """Who this browser is signed in as, by the configuration in force; None: nobody."""
    token, now = session_token(request), front.now()
    session = await front.ledger.sessions.find(token, now=now) if token else None
    if token is None or session is None:
        return None
    console = console_of(front)
    identity = people.standing(session, front.settings, console)
    if identity is None or not people.same_credential(identity.credential, session.credential):
        await front.ledger.sessions.end(token)
        return None
    idle_until = min(now + console.idle, session.ends_at)
    if idle_until - session.idle_until >= min(_TOUCHED_EVERY, console.idle / 10):
        await front.ledger.sessions.touch(token, replace(session, idle_until=idle_until), now=now)
    return Visitor(name=identity.name, role=identity.role, csrf=session.csrf)


async def sign_in(front: Front, name: str, secret: str, address: str) -> SignedIn | timedelta | None:
    """A session for who proved to be somebody; None for a wrong password; how long to wait after too many."""
    now, nonce = front.now(), fresh_token()
    wait = await front.ledger.lockouts.count(name, address, nonce=nonce, now=now)
    if wait is not None:
        await note(front, by=name, action="sign_in_locked_out", address=address)
        return wait
    console = console_of(front)
    identity = await asyncio.get_running_loop().run_in_executor(
        _HASHING, people.verify, name, secret, front.settings, console.users
    )
    if identity is None:
        await note(front, by=name, action="sign_in_refused", address=address)
        return None
    await front.ledger.lockouts.forget(name, address, nonce=nonce, now=now)
    return await let_in(front, identity, address)


async def let_in(front: Front, identity: people.Identity, address: str) -> SignedIn:
    """A session for somebody who has proved who they are."""
    token = fresh_token()
    await front.ledger.sessions.start(token, _session(identity, console_of(front), token, front), now=front.now())
    await note(front, by=identity.name, action="signed_in", address=address)
    return SignedIn(token=token, identity=identity)


async def note(front: Front, *, by: str, action: str, address: str, subject: str = "", detail: str = "") -> None:
    """Keep a line of who did what. Raises LedgerUnavailable: what cannot be kept must not be shown as done."""
    now = front.now()
    await front.ledger.deeds.note(
        Deed(
            id=new_id("dd", now=now, random=os.urandom),
            at=now,
            by=by,
            action=action,
            subject=subject,
            detail=detail,
            address=address,
        )
    )


def _session(identity: people.Identity, console: Console, token: str, front: Front) -> Session:
    now = front.now()
    ends_at = now + console.longest
    return Session(
        user=identity.name,
        csrf=sha256(f"csrf:{token}".encode()).hexdigest(),
        credential=identity.credential,
        started_at=now,
        idle_until=min(now + console.idle, ends_at),
        ends_at=ends_at,
        role=identity.role if identity.name.startswith(people.ELSEWHERE) else "",
    )
