"""A double of the call API for one machine: the documented contract kept strictly, no phone ever rings.

Documented facts come from the API's OpenAPI description; everything else here is an assumption and says so.
See docs/sandbox.md.
"""

from workers.sandbox.app import build_sandbox
from workers.sandbox.server import sandbox_server

__all__ = ["build_sandbox", "sandbox_server"]
