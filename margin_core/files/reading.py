"""Read a portfolio file: text in, portfolio and market out, or every fault at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from margin_core.errors import InputError
from margin_core.files import limits
from margin_core.files.document import portfolio_and_market
from margin_core.files.faults import json_place
from margin_core.files.parsing import decoded, parse_json
from margin_core.files.table import parse_csv

if TYPE_CHECKING:
    from margin_core.book.portfolio import Portfolio
    from margin_core.market.snapshot import Market


def read(text: str | bytes, *, name: str = "") -> tuple[Portfolio, Market]:
    """Return the portfolio and the market that a file's text describes.

    Parameters
    ----------
    text : str or bytes
        JSON ``margin-portfolio/1``, or the same as CSV; bytes are UTF-8.
    name : str
        The file's name; its ending tells JSON from CSV where the first character does not.

    Returns
    -------
    tuple of Portfolio and Market
        Numbers and prices as the file gives them, times in UTC.

    Raises
    ------
    InputError
        With every fault of the document, each with its place and its remedy.
    """
    text = decoded(text)
    if not text.strip():
        raise InputError(f"{name or 'the file'} is empty", remedy="Write JSON or CSV into it.")
    if text.lstrip()[0] in "{[" or name.lower().endswith(".json"):
        return portfolio_and_market(parse_json(text), json_place)
    sheet = parse_csv(text)
    return portfolio_and_market(sheet.document, sheet.place, sheet.faults)


def read_path(path: str | Path) -> tuple[Portfolio, Market]:
    """Return the portfolio and the market of a file; its size is checked before it is read.

    Raises
    ------
    InputError
        If the file cannot be read, is too large, or is at fault (see ``read``).
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            data = file.read(limits.MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise InputError(
            f"{path} cannot be read: {reason}", remedy="Check the name and its permissions."
        ) from error
    return read(data, name=path.name)
