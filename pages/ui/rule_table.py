"""The parameters of a rule book as rows, and what a visitor's entries make of them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from margin_core import DOCUMENTS, METHODOLOGIES, MarginError, Setting, Settings, cite, setting
from margin_core.margin.parameters import in_force
from margin_core.margin.values import NOT_PUBLISHED, flat, written
from pages.ui import rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from margin_core import Document, Market, Parameter, Portfolio


@dataclass(frozen=True)
class Row:
    """One value that can be replaced: what it is here, and what is published and where."""

    path: str
    value: str
    published: str
    unit: str
    source: str
    link: str | None
    note: str

    @property
    def open(self) -> bool:
        """Whether the rule book leaves the value to its reader."""
        return NOT_PUBLISHED in self.published

    @property
    def changed(self) -> bool:
        """Whether the value is another than the published one, by hand or by a profile."""
        return self.value != self.published

    def says(self, words: str) -> bool:
        """Return whether every one of ``words`` stands in what is told of the value."""
        told = " ".join((self.path, self.unit, self.source, self.note))
        told, asked = (text.replace("_", " ").casefold() for text in (told, words))
        return all(word in told for word in asked.split())


def rows(chosen: Setting) -> tuple[Row, ...]:
    """Return every value of a rule book under a setting, in the order of its file."""
    methodology = METHODOLOGIES[chosen.methodology]
    book = methodology.profiles.get(chosen.profile, methodology.published)
    document = in_force(DOCUMENTS[chosen.methodology], chosen.profile, book)
    entries = {entry.name: entry for entry in document.parameters}
    published, values = _flat(methodology.published), _flat(book)
    here = values | dict(chosen.changes)
    effort = rules.EFFORT.get(chosen.methodology, ())
    return tuple(
        _row(path, text, published.get(path, "–"), entries[path.partition(".")[0]], document)
        for path, text in here.items()
        if path not in effort
    )


def taken(
    draft: Settings,
    chosen: Setting,
    entered: Mapping[str, str | None],
    account: tuple[Portfolio, Market],
) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings after what was entered, and a sentence for each entry at fault.

    Parameters
    ----------
    draft : Settings
        The last good ones; they stay where nothing of what was entered can be taken.
    chosen : Setting
        Of the rule book and profile that the entries belong to.
    entered : mapping of path to text
        None or blank goes back to the profile's value.
    account : portfolio and market
        What the parameters must give a figure for, where they cover it.
    """
    faults, told = [], []
    whole, last = chosen, _last(draft, chosen)
    for path, text in entered.items():
        try:
            whole = _with(whole, path, text)
            told.append(path)
        except MarginError as error:
            faults.append(str(error))
            whole = _with(whole, path, dict(last.changes).get(path))
    try:
        return _checked(draft, whole, whole.items, account), tuple(faults)
    except MarginError as error:  # one of the entries is at fault, or they are together
        if not told:
            return draft, (*faults, str(error))
    for path in told:
        try:
            single = _with(_last(draft, chosen), path, entered[path])
            draft = _checked(draft, single, (f"{path}={entered[path]}",), account)
        except MarginError as error:
            faults.append(str(error))
    return draft, tuple(faults)


def _last(draft: Settings, chosen: Setting) -> Setting:
    """Return what is set of the rule book of ``chosen``, if it is on the same profile."""
    before = draft.of(chosen.methodology)
    return before if before is not None and before.profile == chosen.profile else chosen


def _checked(
    draft: Settings, chosen: Setting, items: Sequence[str], account: tuple[Portfolio, Market]
) -> Settings:
    """Return the settings with those of one rule book put in, if they give a figure."""
    found = rules.read(draft.put(chosen).text)
    rules.check(found.only(chosen.methodology), *account, items)
    return found


def _with(chosen: Setting, path: str, text: str | None) -> Setting:
    changes = dict(chosen.changes)
    changes.pop(path, None)
    if text and text.strip():
        changes[path] = text.strip()
    return setting(METHODOLOGIES[chosen.methodology], chosen.profile, changes)


def _flat(book: Any) -> dict[str, str]:  # noqa: ANN401 - each rule book has its own class
    return {
        path: written(value)
        for field in fields(book)
        for path, value in flat(getattr(book, field.name), field.name)
    }


def _row(path: str, text: str, published: str, entry: Parameter, document: Document) -> Row:
    cited = cite(entry.source, document)
    titles = [", ".join(filter(None, (each.source.title, each.place))) for each in cited]
    links = [each.source.href for each in cited if each.source.href.startswith("http")]
    return Row(
        path,
        text,
        published,
        entry.unit,
        "; ".join(titles),
        links[0] if links else None,
        entry.note,
    )
