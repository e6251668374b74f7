"""Refusals name the first positions of each reason, and keep every one of them."""

from datetime import UTC, datetime

import pytest

from margin_core.book.instruments import AssetClass, Option, Perpetual, Right, Stock, Underlying
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.errors import NotCoveredError
from margin_core.margin.refusal import (
    listed,
    refuse,
    refuse_currency,
    refuse_debts,
    refuse_unpublished,
)

JUNE = datetime(2026, 6, 26, 8, tzinfo=UTC)
COINS = (Underlying("BTC", AssetClass.CRYPTO), Underlying("XYZ", AssetClass.EQUITY))
STOCK, PERPETUAL = Position(Stock("XYZ"), 5.0), Position(Perpetual("BTC"), 1.0)


def reason(position):
    match position.instrument:
        case Stock():
            return "a share"
        case Option():
            return "an option"
        case _:
            return ""


def refused(*positions):
    with pytest.raises(NotCoveredError) as error:
        refuse(Portfolio(positions, (), COINS), reason, "Hold coins.")
    return error.value


def test_every_position_with_a_reason_is_refused_by_name_once():
    error = refused(STOCK, PERPETUAL, STOCK)
    assert str(error) == "positions: +5 XYZ stock: a share. Hold coins."
    assert error.positions == ("+5 XYZ stock: a share",)
    refuse(Portfolio((PERPETUAL,), (), COINS), reason, "")


def test_a_position_is_refused_beside_a_covered_one_of_the_same_name():
    euro = Position(Perpetual("BTC", quote_currency="EUR"), 1.0)
    assert euro.label == PERPETUAL.label
    for positions in ((euro, PERPETUAL), (PERPETUAL, euro)):
        with pytest.raises(NotCoveredError, match="perpetual: quoted in EUR"):
            refuse(
                Portfolio(positions, (), COINS),
                lambda position: "quoted in EUR" if position is euro else "",
                "Hold dollars.",
            )


def test_positions_stand_by_their_reason_the_first_three_by_name():
    strikes = [90_000.0, 91_000.0, 92_000.0, 93_000.0, 94_000.0]
    calls = [Position(Option("BTC", Right.CALL, strike, JUNE), -1.0) for strike in strikes]
    error = refused(calls[0], STOCK, *calls[1:])
    assert error.fault.what == (
        "-1 BTC 90,000 call 26 Jun 2026, -1 BTC 91,000 call 26 Jun 2026, "
        "-1 BTC 92,000 call 26 Jun 2026 and 2 more: an option; +5 XYZ stock: a share"
    )
    assert error.positions[1] == "+5 XYZ stock: a share"
    assert [text.partition(": ")[0] for text in error.positions] == [
        position.label for position in (calls[0], STOCK, *calls[1:])
    ]


def test_a_refusal_at_another_place_keeps_the_positions():
    error = refused(STOCK)
    assert str(error.at("not covered by spot")) == (
        "not covered by spot: positions: +5 XYZ stock: a share. Hold coins."
    )
    assert error.at("here").positions == error.positions
    assert str(NotCoveredError("no").at("here")) == "here: no."


def test_an_account_in_another_currency_is_told_what_is_counted_in_which():
    with pytest.raises(NotCoveredError) as error:
        refuse_currency(Portfolio(currency="EUR"), "USD", "its tiers are")
    told = "currency: its tiers are in USD, the portfolio reports in EUR. Report in USD."
    assert str(error.value) == told
    refuse_currency(Portfolio(), "USD", "its tiers are")


def test_every_value_that_nobody_published_is_asked_for_by_its_path():
    with pytest.raises(NotCoveredError) as error:
        refuse_unpublished({"a.rate.BTC": "BTC: the rate", "a.floor": "the floor"})
    told = "parameters: BTC: the rate; the floor (not published). "
    assert str(error.value) == told + "Give -p a.rate.BTC=... -p a.floor=..."
    refuse_unpublished({})


def test_debts_are_named_together():
    with pytest.raises(NotCoveredError) as error:
        refuse_debts([Balance("BTC", -0.5), Balance("ETH", -2.0)], "Only cash can be owed.")
    told = "collateral: -0.5 BTC, -2 ETH: a debt. Only cash can be owed."
    assert str(error.value) == told
    refuse_debts([], "")


@pytest.mark.parametrize(
    ("count", "expected"), [(0, ""), (1, "a"), (3, "a, b, c"), (4, "a, b, c and 1 more")]
)
def test_few_names_are_all_told_and_many_counted(count, expected):
    assert listed(["a", "b", "c", "d"][:count]) == expected
