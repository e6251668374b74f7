"""Settings: text to parameters and back, and methodologies as they run under them."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from margin_core.book.instruments import AssetClass, Stock, Underlying
from margin_core.book.portfolio import Portfolio, Position
from margin_core.errors import MarginError, NotCoveredError, ParameterError
from margin_core.margin.configured import blamed_on, computed, configured, finite
from margin_core.margin.figure import floored, given
from margin_core.margin.parameters import in_force
from margin_core.margin.result import Outcome
from margin_core.margin.settings import Settings, read_settings, setting
from margin_core.market.snapshot import Market, Quote
from margin_core.methodologies import DOCUMENTS
from margin_core.methodologies import METHODOLOGIES as ALL
from tests.toy import METHODOLOGIES, TOY, Params

ACCOUNT = (
    Portfolio((Position(Stock("XYZ"), 10.0),), underlyings=(Underlying("XYZ", AssetClass.EQUITY),)),
    Market(datetime(2026, 1, 2, 21, tzinfo=UTC), (Quote("XYZ", 100.0),)),
)
EVERY_ITEM = [f"{key}:{profile}" for key, each in ALL.items() for profile in each.profiles]


def read(text):
    return read_settings(text, METHODOLOGIES)


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("", ""),
        ("toy:wide", "toy:wide"),
        ("toy.spot_range=0.20", "toy.spot_range=0.2"),
        (" toy.charge.equity=3 , toy:wide", "toy:wide,toy.charge.equity=3"),
        ("toy:wide,toy.spot_range=0.3", "toy:wide"),
        ("toy.spot_range=0.1", ""),
        ("spot_range=0.2", "spot.spot_range=0.2,toy.spot_range=0.2"),
        ("toy.charge={equity = 1, crypto = 2}", "toy.charge.equity=1,toy.charge.crypto=2"),
        ("toy.charge={equity = 1}", "toy.charge={equity = 1}"),
        ("toy.spot_range=0.2,toy.spot_range=0.4", "toy.spot_range=0.4"),
    ],
)
def test_settings_are_read_in_any_order_and_written_in_one(given, canonical):
    found = read(given)
    assert found.text == canonical
    assert read(canonical) == found


def test_a_profile_is_the_ground_on_which_values_are_replaced():
    (found,) = read("toy:wide,toy.initial_factor=1.5").chosen
    assert found.parameters == Params(spot_range=0.3, initial_factor=1.5)
    assert found.items == ("toy:wide", "toy.initial_factor=1.5")
    assert found.mark == "wide, modified"


@pytest.mark.parametrize("item", EVERY_ITEM)
def test_every_published_profile_is_read_from_its_name(item):
    (found,) = read_settings(item, ALL).chosen
    assert found.parameters == ALL[found.methodology].profiles[found.profile]
    assert read_settings(item, ALL).text == item


def test_lists_and_tables_within_settings_are_not_torn_apart():
    text = (
        "bybit_pm.collateral_ratio.BTC=[[10, 0.9], [20, 0.8]],occ_tims:stock_stress,"
        'occ_tims.house_ranges={equity = [-0.2, 0.2], "a/b" = [-0.1, 0.1]},'
        'us_reg_t.strategies=["spread", "straddle"]'
    )
    found = read_settings(text, ALL)
    assert [each.methodology for each in found.chosen] == ["bybit_pm", "occ_tims", "us_reg_t"]
    assert read_settings(found.text, ALL) == found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rubbish", "'rubbish' is not [KEY.]NAME=VALUE"),
        ("=1", "'=1' is not [KEY.]NAME=VALUE"),
        ("nobody:wide", "'nobody' is not a methodology. There are toy, spot."),
        ("toy:narrow", "toy: no profile 'narrow'. It has wide."),
        ("spot:wide", "spot: no profile 'wide'. It has none."),
        ("toy.nobody=1", "toy: no parameter 'nobody'. It has spot_range"),
        ("nobody=1", "no methodology asked has a parameter 'nobody'. toy has spot_range"),
        ("toy.spot_range=wide", "toy.spot_range: 'wide' is not a value like 0.1."),
        ("toy.charge.bond=1", "no value for 'bond'. It has equity, crypto."),
        ("toy.spot_range=" + "9" * 2_000, "they have 2,015 characters, more than 2,000."),
        ("toy.spot_range=" + "[" * 1_900, "is not a value like 0.1."),
        ("<script>alert(1)</script>", "is not [KEY.]NAME=VALUE"),
        ("toy.spot_range=1\nspot_range=2", "is not a value like 0.1."),
        ("\x00=\x00", "no methodology asked has a parameter"),
    ],
)
def test_settings_at_fault_are_one_sentence_that_says_what_would_do(text, says):
    with pytest.raises(MarginError) as caught:
        read(text)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


def test_a_name_nobody_has_among_many_is_answered_with_who_there_is():
    with pytest.raises(MarginError, match=r"KEY is one of .*us_reg_t"):
        read_settings("nobody=1", ALL)


def test_one_rule_book_s_setting_is_put_in_and_taken_out_again():
    both = read("toy:wide").put(setting(METHODOLOGIES["spot"], "", {"deposit": "0.4"}))
    assert both.text == "spot.deposit=0.4,toy:wide"
    assert both.only("toy").text == "toy:wide"
    assert both.of("spot").parameters.deposit == 0.4
    assert both.put(setting(TOY)).text == "spot.deposit=0.4"
    assert both.only("nobody") == Settings()
    assert Settings().of("toy") is None


def test_methodologies_run_under_settings_and_their_titles_say_so():
    under = configured(METHODOLOGIES, read("toy:wide,toy.charge.equity=3"))
    assert under["spot"] is METHODOLOGIES["spot"]
    result = under["toy"](*ACCOUNT)
    published = TOY(*ACCOUNT)
    assert result.maintenance.amount == pytest.approx(3.0 * published.maintenance.amount)
    assert result.title == under["toy"].title == "Toy margin · wide, modified"
    assert "Modified: parameter charge.equity set to 3; the rule book says 0." in result.warnings
    assert "Parameters are those of the profile 'wide'." in result.warnings


def test_a_data_file_goes_before_the_parameters():
    under = configured(METHODOLOGIES, read("toy:wide"))
    data = under["toy"].load_data("0.2")
    assert under["toy"](*ACCOUNT, data=data).maintenance.amount == pytest.approx(
        2.0 * TOY(*ACCOUNT).maintenance.amount
    )


def test_parameters_that_give_no_figure_are_at_fault_and_cover_nothing():
    chosen = read("toy.initial_factor=1e308")
    with pytest.raises(
        ParameterError, match=r"no figure comes out with toy\.initial_factor=1e"
    ) as at:
        computed(TOY, chosen.of("toy"), *ACCOUNT)
    assert at.value.fault.remedy
    with pytest.raises(NotCoveredError, match="no figure comes out with"):
        configured(METHODOLOGIES, chosen)["toy"](*ACCOUNT)


@pytest.mark.parametrize(
    "hidden",
    [
        {"maintenance": floored("At least 1", given("Below it", -math.inf), 1.0)},
        {"scenarios": (Outcome("Up", (), math.inf),)},
        {"worst_by_group": (Outcome("Up", (), 1.0, pnl_by_position=(("XYZ", math.nan),)),)},
    ],
)
def test_a_figure_below_the_others_that_is_no_number_is_found(hidden):
    result = TOY(*ACCOUNT)
    assert finite(result) is result
    with pytest.raises(ValueError, match="toy gives a figure that is not finite"):
        finite(replace(result, **hidden))


@pytest.mark.parametrize("failure", [ZeroDivisionError, KeyError, MemoryError, TypeError])
def test_a_calculation_that_fails_is_blamed_on_changes_where_there_are_any(failure):
    def fail(items):
        with blamed_on(items):
            raise failure

    with pytest.raises(ParameterError, match=r"no figure comes out with toy\.spot_range=9"):
        fail(["toy.spot_range=9"])
    with pytest.raises(failure):
        fail([])


def test_a_parameter_file_in_force_has_the_values_and_the_sources_that_count():
    chosen = setting(
        ALL["us_reg_t"], "house_25_15", {"initial_long": "0.6", "uncovered_share.equity": "0.3"}
    )
    document = in_force(DOCUMENTS["us_reg_t"], chosen.profile, chosen.parameters)
    entries = {entry.name: entry for entry in document.parameters}
    assert entries["initial_long"].value == 0.6
    assert entries["initial_long"].source == "reg_t#220.12(a)"
    assert entries["uncovered_minimum"].value == 0.15
    assert entries["uncovered_minimum"].source == "finra_4210#(d)(1)(B)"
    assert entries["uncovered_share"].value["equity"] == 0.3
    assert [entry.name for entry in document.parameters] == [
        entry.name for entry in DOCUMENTS["us_reg_t"].parameters
    ]
