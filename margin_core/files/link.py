"""A portfolio and its market as the token of a link, and back, trusting nothing in it."""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import TYPE_CHECKING

from margin_core.errors import InputError
from margin_core.files import limits
from margin_core.files.reading import read
from margin_core.files.writing import document

if TYPE_CHECKING:
    from margin_core.book.portfolio import Portfolio
    from margin_core.market.snapshot import Market

VERSION = "1."
_ALPHABET = re.compile(r"[A-Za-z0-9_-]+")
AGAIN = "Copy the whole link again, or open the portfolio's file."


def encode(portfolio: Portfolio, market: Market, *, most: int = limits.MAX_TOKEN) -> str:
    """Return the portfolio file as a short text of letters, digits, ``.``, ``_`` and ``-``.

    Compact JSON, deflated, base64url without padding, after a version.

    Raises
    ------
    InputError
        If it would be longer than ``most`` characters; and as ``write`` does.
    """
    text = json.dumps(document(portfolio, market), separators=(",", ":"), ensure_ascii=False)
    packed = base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")
    token = VERSION + packed
    if len(token) > most:
        raise InputError(
            f"the portfolio needs a link of {len(token):,} characters, more than {most:,}",
            remedy="Export a file instead.",
        )
    return token


def decode(token: str, *, most: int = limits.MAX_TOKEN) -> tuple[Portfolio, Market]:
    """Return what ``encode`` put into a token.

    Raises
    ------
    InputError
        If the token is too long, damaged, of another version, or holds a faulty portfolio.
    """
    if len(token) > most:
        raise InputError(f"the link is longer than {most:,} characters", remedy=AGAIN)
    if not token.startswith(VERSION):
        raise InputError("the link is not of a version this program reads", remedy=AGAIN)
    packed = token.removeprefix(VERSION)
    if not _ALPHABET.fullmatch(packed):
        raise InputError("the link holds characters that no link has", remedy=AGAIN)
    return read(_unpacked(packed), name="link.json")


def _unpacked(packed: str) -> bytes:
    inflater = zlib.decompressobj()
    try:
        data = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        text = inflater.decompress(data, limits.MAX_UNPACKED)
    except (ValueError, zlib.error) as error:
        raise InputError("the link is damaged", remedy=AGAIN) from error
    if not inflater.eof or inflater.unused_data:
        raise InputError("the link is damaged, or holds too much", remedy=AGAIN)
    return text
