"""A line's source as a reader looks it up: the document, the place in it, the parameter used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from margin_core.margin.parameters import Document, Parameter, Source


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a document; ``parameter`` where the place is one of the methodology's numbers."""

    source: Source
    place: str = ""
    parameter: Parameter | None = None


def cite(text: str, document: Document) -> tuple[Citation, ...]:
    """Return what ``text``, such as ``finra_4210#(f)(2)(E)(i); cboe#10.3``, points at.

    Parameters
    ----------
    text : str
        ``<key of a source>#<paragraph or parameter>``, several divided by semicolons. A parameter
        is cited where its number is published.
    document : Document
        The methodology's parameter file.

    Returns
    -------
    tuple of Citation
        One per place in a document that the file names, in order.
    """
    return tuple(found for part in text.split(";") for found in _cited(part.strip(), document))


def _cited(text: str, document: Document) -> tuple[Citation, ...]:
    place = text.partition("#")[2]
    parameter = next((p for p in document.parameters if p.name == place), None)
    if parameter is None:
        return _places(text, document)
    return tuple(
        Citation(found.source, found.place, parameter)
        for part in parameter.source.split(";")
        for found in _places(part.strip(), document)
    )


def _places(text: str, document: Document) -> tuple[Citation, ...]:
    key, _, place = text.partition("#")
    return tuple(Citation(source, place) for source in document.sources if source.key == key)
