"""A verifiable report: all that a result follows from, the result, and commitments to both.

Everything stands in ``body``, without a JSON number: inputs and parameters to their last digit,
figures to a stated number of decimals. ``commitments`` are hashes of its canonical bytes,
``checks`` short hashes of its inputs one by one, so that a change can be named.
"""

from __future__ import annotations

import json
import platform
import re
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy

from margin_core.errors import InputError, ParameterError
from margin_core.files import read, write
from margin_core.margin.parameters import NOT_PUBLISHED
from margin_core.methodologies import DOCUMENTS, METHODOLOGIES
from margin_core.present import decimals
from margin_core.present.canonical import canonical
from margin_core.present.commitment import hex_text, keccak256, sha256
from margin_core.present.report import result_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from margin_core.book.portfolio import Portfolio
    from margin_core.margin.parameters import Document as ParameterFile
    from margin_core.margin.result import Methodology
    from margin_core.market.snapshot import Market

Document = dict[str, Any]

FORMAT = "margin-report/1"
MEMBERS = frozenset({"format", "body", "commitments", "checks"})  # and perhaps a signature
SHOWS = (
    "Shows: the figures follow from the portfolio, market and parameters in this document by the "
    "code named in it; who has that code can recompute every line."
)
SHOWS_SIGNED = (
    "Shows, if signed: the holder of that key signed this document and nothing in it changed since."
)
DOES_NOT_SHOW = (
    "Does not show: that the positions or balances exist, that they are all there are, that the "
    "prices are true, that a venue or broker asks the same, or that anyone is solvent."
)
STATEMENT = (SHOWS, SHOWS_SIGNED, DOES_NOT_SHOW)
_WORD = re.compile(r"[A-Za-z0-9_]+")
_RESULT = "body.result"


def verifiable_report(
    methodology: Methodology,
    portfolio: Portfolio,
    market: Market,
    parameters: object = None,
    data: str = "",
    documents: Mapping[str, ParameterFile] = DOCUMENTS,
) -> Document:
    """Return the report of one methodology on one account.

    Parameters
    ----------
    methodology : Methodology
    portfolio : Portfolio
    market : Market
    parameters : the methodology's parameters, optional
        The published ones by default.
    data : str
        The text of its data file, for a methodology that takes one.
    documents : mapping of key to parameter file
        Where units and sources of parameters stand.

    Raises
    ------
    InputError
        If a parameter cannot be written down.
    NotCoveredError
        If the methodology does not margin the account.
    """
    chosen = methodology.published if parameters is None else parameters
    body = inputs(
        methodology.key,
        json.loads(write(portfolio, market)),
        chosen,
        data,
        documents.get(methodology.key),
    )
    raw = recomputed(body, {methodology.key: methodology}).result
    places = decimals.decimals_for(decimals.largest_amount(raw))
    body |= {"rounding": rounding(places), "result": decimals.rendered(raw, places)}
    return {
        "format": FORMAT,
        "body": body,
        "commitments": commitments(body),
        "checks": checks(body),
    }


def inputs(
    key: str,
    portfolio: Document,
    parameters: Any,  # noqa: ANN401 - each methodology has its own class
    data: str,
    document: ParameterFile | None,
) -> Document:
    """Return a report's body without its result."""
    described = {entry.name: entry for entry in document.parameters} if document else {}
    body: Document = {
        "statement": list(STATEMENT),
        "code": code(),
        "methodology": key,
        "parameters": {
            field.name: _parameter(field.name, getattr(parameters, field.name), described)
            for field in fields(parameters)
        },
        "portfolio": decimals.portfolio_in_text(portfolio),
    }
    return body | ({"data": data} if data else {})


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What follows from the inputs of a report: they themselves as read, and the result."""

    portfolio: Document
    parameters: object
    result: Document  # in numbers


def recomputed(
    body: Document, methodologies: Mapping[str, Methodology] = METHODOLOGIES
) -> Recomputed:
    """Return what follows from the inputs in ``body`` alone.

    Raises
    ------
    MarginError
        If they are at fault.
    """
    if body["methodology"] not in methodologies:
        raise InputError(f"{body['methodology']!r} is no methodology", where="body.methodology")
    methodology = methodologies[body["methodology"]]
    portfolio, market = read(json.dumps(decimals.portfolio_in_numbers(body["portfolio"])))
    parameters = stated_parameters(body, methodology)
    data = None
    if "data" in body:
        if methodology.load_data is None:
            raise InputError("takes no data", where="body.data")
        data = methodology.load_data(body["data"])
    result = result_document(methodology(portfolio, market, parameters, data))
    return Recomputed(json.loads(write(portfolio, market)), parameters, result)


def stated_parameters(body: Document, methodology: Methodology) -> object:
    """Return the parameters that ``body`` states, in the methodology's own class.

    Raises
    ------
    ParameterError
        If one is missing, unknown, or not of its kind.
    """
    published = methodology.published
    stated = {name: entry["value"] for name, entry in body["parameters"].items()}
    names = {field.name for field in fields(published)}
    if differing := names ^ stated.keys():
        raise ParameterError(
            f"missing or unknown parameters {sorted(differing)}", where="body.parameters"
        )
    values = {name: decimals.parameter_in_numbers(value) for name, value in stated.items()}
    for name, value in values.items():
        like = getattr(published, name)
        if type(value) is not type(like) and like != NOT_PUBLISHED:
            raise ParameterError("is not of its kind", where=f"body.parameters.{name}")
    return replace(published, **values)


def commitments(body: Document) -> Document:
    """Return the hashes of the canonical bytes of a report's body and of its parts."""
    parts = {
        f"{part}_sha256": hex_text(sha256(canonical(body[part])))
        for part in ("portfolio", "parameters", "result")
    }
    whole = canonical(body)
    return parts | {"sha256": hex_text(sha256(whole)), "keccak256": hex_text(keccak256(whole))}


def checks(body: Document) -> Document:
    """Return the first 8 bytes of the SHA-256 of each value that no recomputation gives back."""
    return {
        line: sha256(canonical(value))[:8].hex()
        for line, value in leaves(body, "body")
        if not line.startswith(_RESULT)
    }


def leaves(value: object, line: str) -> Iterator[tuple[str, object]]:
    """Yield every value inside ``value`` with the line that it stands at."""
    match value:
        case dict() if value:
            for key, entry in value.items():
                step = f".{key}" if _WORD.fullmatch(key) else f"[{json.dumps(key)}]"
                yield from leaves(entry, line + step)
        case list() if value:
            for index, entry in enumerate(value):
                yield from leaves(entry, f"{line}[{index}]")
        case _:
            yield line, value


def rounding(places: int) -> Document:
    """Return how the figures of a result are rounded."""
    return {
        "amount_decimals": str(places),
        "ratio_decimals": str(decimals.RATIO_DECIMALS),
        "mode": "half even",
    }


@cache
def _code_sha256() -> str:
    """Return the SHA-256 of the sources: name, zero byte, SHA-256 of the text, of each file."""
    root = Path(__file__).parents[1]
    files = sorted(path for end in ("py", "toml") for path in root.rglob(f"*.{end}"))
    listed = b"".join(
        path.relative_to(root).as_posix().encode()
        + b"\0"
        + sha256(path.read_bytes().replace(b"\r\n", b"\n"))
        for path in files
    )
    return hex_text(sha256(listed))


def code() -> Document:
    """Return what computes here: the hash of the sources, and what they run on."""
    return {
        "sha256": _code_sha256(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }


def _parameter(name: str, value: object, described: Mapping[str, Any]) -> Document:
    text = decimals.parameter_in_text(value)
    if decimals.parameter_in_numbers(text) != value:
        raise InputError(
            f"the value of {name} cannot be written into a report",
            where="-p",
            remedy="Give a word that is no number.",
        )
    entry = described.get(name)
    about = {"unit": entry.unit, "source": entry.source} if entry else {}
    return {"value": text} | about
