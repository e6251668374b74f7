"""Verification: everything in a report computed again from the report alone, line by line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from margin_core.errors import InputError, MarginError
from margin_core.methodologies import DOCUMENTS, METHODOLOGIES
from margin_core.present import decimals
from margin_core.present.canonical import canonical
from margin_core.present.signing import signed_by
from margin_core.present.verifiable import (
    FORMAT,
    MEMBERS,
    checks,
    code,
    commitments,
    inputs,
    leaves,
    recomputed,
    rounding,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from margin_core.margin.parameters import Document as ParameterFile
    from margin_core.margin.result import Methodology

Document = dict[str, Any]
NOTHING = "nothing"
_EDGE = 1e-9  # relative: a largest amount so near a power of ten may have either number of digits
_BODY = frozenset(
    {"statement", "code", "methodology", "parameters", "portfolio", "rounding", "result"}
)
# what a calculation raises on values that no program wrote
_IMPOSSIBLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Difference:
    """A line of a report that is not what it should be."""

    line: str
    stated: str
    expected: str
    label: str = ""  # of the figure that the line belongs to


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification found: nothing different is a report that holds."""

    differences: tuple[Difference, ...]
    notes: tuple[str, ...]
    lines: int  # how many were compared
    signer: str = ""  # the address that signed, if any did

    @property
    def holds(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


def read_document(text: str, kind: str) -> Document:
    """Return the JSON object of a report, commitment or proof; none of them holds a number.

    Raises
    ------
    InputError
        If the text is no such object.
    """
    try:
        raw = json.loads(
            text,
            object_pairs_hook=_once,
            parse_int=_no_number,
            parse_float=_no_number,
            parse_constant=_no_number,
        )
        canonical(raw)
    except (ValueError, RecursionError) as error:
        raise InputError(f"is no {kind}: {error}", remedy=f"Give a {kind} as made here.") from error
    if not isinstance(raw, dict):
        raise InputError(f"is no {kind}", remedy=f"Give a {kind} as made here.")
    return raw


def verify(
    report: Document,
    methodologies: Mapping[str, Methodology] = METHODOLOGIES,
    documents: Mapping[str, ParameterFile] = DOCUMENTS,
) -> Verification:
    """Return what differs between a report and what follows from it.

    A figure whose last digit could be rounded either way on another machine is taken as stated,
    as long as the commitments hold.

    Raises
    ------
    InputError
        If the document has not the members of a report.
    """
    _refuse_others(report)
    body = report["body"]
    found = list(_differing(dict(leaves(FORMAT, "format")), {"format": report["format"]}))
    broken = list(
        _differing(
            dict(leaves(commitments(body), "commitments")),
            dict(leaves(report["commitments"], "commitments")),
        )
    )
    found += _changed(checks(body), report["checks"], body)
    computed, notes = _recomputed(body, methodologies, documents, strict=bool(broken))
    found += [
        difference for difference in computed if difference.line not in {d.line for d in found}
    ]
    signer = ""
    if "signature" in report:
        signer, unsigned = _signature(report)
        found += unsigned
    notes += _other_code(body)
    total = sum(1 for _ in leaves(report, ""))
    return Verification((*found, *broken), tuple(notes), total, signer)


def _refuse_others(report: Document) -> None:
    parts = report.get("body")
    whole = MEMBERS <= report.keys() <= MEMBERS | {"signature"}
    if not whole or not isinstance(parts, dict) or not _BODY <= parts.keys() <= _BODY | {"data"}:
        raise InputError(
            "is no report: it has not the members of one", remedy="Give a report as made here."
        )
    for member, kind in {**dict.fromkeys(MEMBERS, dict), "format": str}.items():
        if not isinstance(report[member], kind):
            raise InputError(f"is no report: {member} is not what it should be", where=member)


def _changed(expected: Document, stated: Document, body: Document) -> Iterator[Difference]:
    """Yield the inputs whose own check says that they were something else."""
    values = dict(leaves(body, "body"))
    for line in dict.fromkeys((*expected, *stated)):
        if expected.get(line) != stated.get(line):
            value = _shown(values[line]) if line in values else NOTHING
            yield Difference(line, value, "what its check was made of")


def _recomputed(
    body: Document,
    methodologies: Mapping[str, Methodology],
    documents: Mapping[str, ParameterFile],
    *,
    strict: bool,
) -> tuple[list[Difference], list[str]]:
    """Return what differs between ``body`` and what follows from its inputs, and remarks."""
    try:
        fresh = recomputed(body, methodologies)
        key, raw = body["methodology"], fresh.result
        again = inputs(
            key, fresh.portfolio, fresh.parameters, body.get("data", ""), documents.get(key)
        )
        places = _places(body, raw)
    except MarginError as error:
        return [Difference(error.fault.where or "body", "inputs at fault", str(error))], []
    except _IMPOSSIBLE as error:
        return [Difference("body", "inputs of which no figure comes out", str(error))], []
    again |= {"code": body["code"], "rounding": rounding(places)}
    again["result"] = decimals.rendered(raw, places)
    differences = list(_differing(dict(leaves(again, "body")), dict(leaves(body, "body"))))
    figures = dict(leaves(raw, "body.result"))
    stated = dict(leaves(body, "body"))
    near = [
        d for d in differences if not strict and _agrees(stated.get(d.line), figures.get(d.line), d)
    ]
    remark = f"{len(near)} figures are rounded the other way, as another machine may."
    return [d for d in differences if d not in near], [remark] if near else []


def _places(body: Document, raw: Document) -> int:
    """Return the stated decimals of amounts if the figures allow them, else the right ones."""
    largest = decimals.largest_amount(raw)
    allowed = [decimals.decimals_for(largest * (1.0 + edge)) for edge in (0.0, _EDGE, -_EDGE)]
    stated = body["rounding"]["amount_decimals"]
    return next((places for places in allowed if str(places) == stated), allowed[0])


def _agrees(stated: object, figure: object, difference: Difference) -> bool:
    """Return whether a text is a figure with as many decimals as expected, rounded either way."""
    if not isinstance(stated, str) or not isinstance(figure, float):
        return False
    places = [len(text.partition(".")[2]) for text in (_shown(stated), difference.expected)]
    return places[0] == places[1] and decimals.agrees(stated, figure)


def _differing(
    expected: Mapping[str, object], stated: Mapping[str, object]
) -> Iterator[Difference]:
    for line in dict.fromkeys((*stated, *expected)):
        missing = line not in expected or line not in stated
        # JSON's own form, so that true is not 1 and a number not its text
        one, other = (
            _shown(side[line]) if line in side else NOTHING for side in (stated, expected)
        )
        if missing or one != other:
            label = stated.get(f"{line.rpartition('.')[0]}.label", "")
            yield Difference(line, one, other, str(label))


def _signature(report: Document) -> tuple[str, list[Difference]]:
    try:
        signer = signed_by(report)
    except _IMPOSSIBLE as error:
        return "", [Difference("signature", "no signature of this report", str(error))]
    stated = report["signature"]["signer"]
    return signer, (
        [] if signer == stated else [Difference("signature.signer", _shown(stated), _shown(signer))]
    )


def _other_code(body: Document) -> list[str]:
    """Return a remark for each part of the code that is not the one that made the report."""
    return [
        f"{difference.line} is {difference.stated} in the report, {difference.expected} here."
        for difference in _differing(
            dict(leaves(code(), "body.code")), dict(leaves(body["code"], "body.code"))
        )
    ]


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _once(pairs: list[tuple[str, object]]) -> Document:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name is given twice")
    return dict(pairs)


def _no_number(text: str) -> object:
    raise ValueError(f"it holds the number {text[:40]} outside quotation marks")
