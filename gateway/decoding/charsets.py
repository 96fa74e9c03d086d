"""Which character set a body is in. Few are taken, and a byte that does not fit is an error, not a guess."""

from gateway.errors import Unreadable

# Browsers send windows-1252 under the name iso-8859-1 (WHATWG Encoding Standard, section 4.2).
_CODECS = {
    "": "utf-8",
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "windows-1252": "cp1252",
}


def codec_of(charset: str) -> str:
    """The codec for a charset parameter; UTF-8 where there is none. Raises Unreadable for any other."""
    codec = _CODECS.get(charset.strip().lower())
    if codec is None:
        raise Unreadable(f"the charset {charset[:20]!a} is not supported; send UTF-8")
    return codec


def decode_text(raw: bytes, codec: str, where: str) -> str:
    """The bytes as text. Raises Unreadable naming the first byte that does not fit."""
    try:
        return raw.decode(codec)
    except UnicodeDecodeError as error:
        raise Unreadable(f"{where} is not {codec} at byte {error.start}") from error
