"""What the reader of Paradex's figure is told."""

from margin_core.book.instruments import Perpetual
from margin_core.book.portfolio import Position
from margin_core.methodologies.paradex_pm import METHODOLOGY
from margin_core.methodologies.paradex_pm import PUBLISHED as RETAIL
from tests.methodologies.paradex_pm.accounts import margin


def test_what_is_assumed_of_perpetuals_is_said():
    result = margin(Position(Perpetual("BTC"), 1.0, isolated_margin=100.0), p=RETAIL)
    assert result.warnings == (
        "+1 BTC perpetual: no funding rate is given, none is provided for",
        "+1 BTC perpetual: portfolio margin isolates nothing, it is margined in full",
    )
    first = METHODOLOGY.profiles["first_version"]
    unprovided = margin(Position(Perpetual("BTC"), 1.0), p=first)
    assert unprovided.warnings == ("Parameters are those of the profile 'first_version'.",)
