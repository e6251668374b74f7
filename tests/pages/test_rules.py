"""Rule books under settings, what is said of them, and what a visitor's entries make of them."""

import pytest

from margin_core import (
    METHODOLOGIES,
    InputError,
    MarginError,
    ParameterError,
    Phase,
    configured,
    setting,
)
from margin_core.methodologies import DOCUMENTS
from pages.ui import compute, link, rule_table, rule_words, rules

COLLAR = link.sample(link.DEFAULT_SAMPLE)
CARRY = link.sample("cash_and_carry")
ACCOUNT = COLLAR.portfolio, COLLAR.market
STRESS = rules.read("occ_tims:stock_stress")


def test_without_settings_the_rule_books_are_the_published_ones():
    assert rules.books(rules.PUBLISHED) is METHODOLOGIES
    assert rules.parameters("us_reg_t", STRESS) is METHODOLOGIES["us_reg_t"].published
    assert rules.document("us_reg_t", STRESS) is DOCUMENTS["us_reg_t"]
    assert rules.items("us_reg_t", STRESS) == ()


def test_under_settings_everything_runs_with_them():
    assert rules.books(STRESS) is rules.books(rules.read("occ_tims:stock_stress"))
    profile = METHODOLOGIES["occ_tims"].profiles["stock_stress"]
    assert rules.parameters("occ_tims", STRESS) == profile
    assert rules.items("occ_tims", STRESS) == ("occ_tims:stock_stress",)
    entries = {entry.name: entry for entry in rules.document("occ_tims", STRESS).parameters}
    assert entries["house_ranges"].source == "finra_faq#stress of stock portfolios"


def test_how_long_a_search_may_take_is_not_changed_here():
    for path in ("search_nodes=1000000", "exact_size=1000000000"):
        with pytest.raises(InputError, match="how far a search goes is not changed here"):
            rules.read(f"us_reg_t.{path}")


def test_settings_that_give_no_figure_are_refused_and_those_of_others_are_not_asked():
    rules.check(STRESS, *ACCOUNT)
    rules.check(rules.read("bybit_pm.initial_factor.BTC=1.2"), *ACCOUNT)  # covers no shares
    with pytest.raises(ParameterError, match="a range from -25% to -25% is none"):
        rules.check(rules.read("occ_tims.ranges.equity=[-0.25, -0.25]"), *ACCOUNT)


@pytest.mark.parametrize("key", ["us_reg_t", "occ_tims", "scenario_pm"])
def test_every_cached_figure_follows_the_settings(key):
    text = {
        "us_reg_t": "us_reg_t.initial_long=0.6",
        "occ_tims": "occ_tims:stock_stress",
        "scenario_pm": "scenario_pm:worst_days_seen",
    }[key]
    settings = rules.read(text)
    under = configured(METHODOLOGIES, settings)[key]
    expected = under(*ACCOUNT)
    published = METHODOLOGIES[key](*ACCOUNT)
    assert expected.capital_to_open != pytest.approx(published.capital_to_open)
    results = compute.comparison(*ACCOUNT, settings).results
    (found,) = (result for result in results if result.methodology == key)
    assert found == expected
    assert compute.answer(key, *ACCOUNT, settings).results == (expected,)
    built = compute.built_up(key, *ACCOUNT, Phase.OPEN, settings)
    assert built.requirement == pytest.approx(expected.capital_to_open)
    (point,) = compute.profile(key, *ACCOUNT, (0.0,), settings)
    assert point.capital_to_keep == pytest.approx(expected.capital_to_keep)
    ((standing,),) = compute.ratios(key, *ACCOUNT, ((0.0,), (0.0,)), settings, together=True)
    assert standing.ratio == pytest.approx(expected.margin_ratio)
    (rung,) = compute.ladder((key,), *ACCOUNT, Phase.OPEN, settings)
    assert rung.capital == pytest.approx(expected.capital_to_open)
    if expected.scenarios:
        assert expected in compute.by_scenarios(*ACCOUNT, settings)


def test_pairings_and_positions_alone_follow_the_settings():
    sample = link.sample("short_strangle_cheap_stock")
    portfolio, market = sample.portfolio, sample.market
    house = rules.read("us_reg_t:house_25_15")

    def asked(settings):
        pairings = compute.reg_t_pairings(portfolio, market, Phase.KEEP, settings)
        simple = compute.reg_t_simple_pairing(portfolio, market, settings)
        return sum(each.maintenance for each in pairings), simple.maintenance.amount

    before, after = asked(rules.PUBLISHED), asked(house)
    assert after[0] > before[0]
    assert after[1] > before[1]
    free = rules.read("occ_tims.contract_minimum=0")
    title, alone = compute.alone(portfolio, market, free)
    assert title == f"{METHODOLOGIES['occ_tims'].title} · modified"
    assert sum(alone) < sum(compute.alone(portfolio, market, rules.PUBLISHED)[1])


def test_pairings_that_cannot_be_computed_are_the_fault_of_what_is_set():
    broken = rules.read("us_reg_t.hedge_share=1e308,us_reg_t.uncovered_share.equity=1e308")
    for pairing in (compute.reg_t_pairings, compute.reg_t_simple_pairing):
        arguments = (Phase.KEEP,) if pairing is compute.reg_t_pairings else ()
        with pytest.raises(ParameterError, match="no figure comes out with"):
            pairing(*ACCOUNT, *arguments, broken)


# --- words -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "here"),
    [
        (
            "BTC: a rate (not published). Give -p bybit_pm.a.BTC=... -p bybit_pm.b=...",
            "BTC: a rate (not published). Give bybit_pm.a.BTC, bybit_pm.b in Rule book settings",
        ),
        (
            "off unless turned on (-p bybit_pm.spot_hedging=true).",
            "off unless turned on (bybit_pm.spot_hedging=true in Rule book settings).",
        ),
        ("nothing of the kind", "nothing of the kind"),
    ],
)
def test_options_of_the_command_line_are_named_as_the_pages_name_them(sentence, here):
    assert rule_words.here(sentence) == here


def test_a_refusal_names_the_values_that_it_lacks():
    (refusal,) = (
        each
        for each in compute.comparison(CARRY.portfolio, CARRY.market, rules.PUBLISHED).not_covered
        if each.methodology == "bybit_pm"
    )
    assert rule_words.lacking(refusal.reason) == ("contract_rate.BTC", "initial_factor.BTC")
    assert rule_words.above(refusal.reason).endswith("(not published). Give them above.")
    assert rule_words.lacking("a share is no coin. Use -p okx_pm.a=true") == ()


def test_what_is_set_is_told_by_rule_book_and_cut_short():
    text = "occ_tims:stock_stress,occ_tims.contract_minimum=0,bybit_pm.vol_up=0.5"
    assert rule_words.told(rules.read(text)) == (
        "Bybit PM: vol_up = 0.5 · Portfolio margin: stock stress, contract_minimum = 0"
    )
    many = ",".join(f"bybit_pm.initial_factor.{coin}=2" for coin in ("BTC", "ETH", "other"))
    many += ",bybit_pm.vol_up=0.5,bybit_pm.vol_down=0.5"
    assert rule_words.told(rules.read(many)).endswith("vol_up = 0.5, 1 more") or (
        rule_words.told(rules.read(many)).endswith(", 1 more")
    )
    assert rule_words.profile("") == "As published"


# --- rows and entries --------------------------------------------------------------------------


def rows(text, key):
    found = rules.read(text).of(key) or setting(METHODOLOGIES[key])
    return {row.path: row for row in rule_table.rows(found)}


def taken(entered, key="occ_tims", draft="", profile=""):
    """Return the settings' text and the faults after entries into the table of a profile."""
    before = rules.read(draft)
    chosen = before.of(key) or setting(METHODOLOGIES[key], profile)
    found, faults = rule_table.taken(before, chosen, entered, ACCOUNT)
    return found.text, faults


@pytest.mark.parametrize("key", METHODOLOGIES)
def test_every_value_of_every_rule_book_is_a_row_with_unit_and_source(key):
    for profile in ("", *METHODOLOGIES[key].profiles):
        for row in rule_table.rows(setting(METHODOLOGIES[key], profile)):
            assert row.value
            assert row.unit, row.path
            assert row.source, row.path
            assert row.link is None or row.link.startswith("https://")
            assert profile or not row.changed


def test_a_row_says_what_is_published_and_what_a_profile_or_a_hand_made_of_it():
    found = rows("us_reg_t:house_25_15,us_reg_t.initial_long=0.6", "us_reg_t")
    share, long = found["uncovered_share.equity"], found["initial_long"]
    assert (share.value, share.published, share.changed) == ("0.25", "0.2", True)
    assert (long.value, long.published, long.changed) == ("0.6", "0.5", True)
    assert "(d)(1)(B)" in share.source
    assert not found["maintenance_long"].changed
    assert "search_nodes" not in found


def test_what_a_table_of_other_entries_replaces_is_one_row():
    found = rows("occ_tims.house_ranges={equity = [-0.3, 0.3]}", "occ_tims")["house_ranges"]
    assert (found.value, found.published) == ("{equity = [-0.3, 0.3]}", "{}")
    found = rows("occ_tims:stock_stress", "occ_tims")["house_ranges.equity"]
    assert (found.value, found.published) == ("[-0.25, 0.25]", "–")


def test_rows_are_found_by_every_word_of_name_unit_source_and_note():
    row = rows("", "us_reg_t")["uncovered_minimum"]
    for words in ("", "uncovered minimum", "uncovered_minimum", "FINRA exercise", "(f)(2)"):
        assert row.says(words), words
    assert not row.says("uncovered perpetual")
    assert rows("", "bybit_pm")["initial_factor.BTC"].open
    assert not row.open


def test_what_is_entered_is_taken_and_blank_goes_back():
    assert taken({"contract_minimum": "0"}) == ("occ_tims.contract_minimum=0", ())
    assert taken({"contract_minimum": " "}, draft="occ_tims.contract_minimum=0") == ("", ())
    assert taken({"contract_minimum": None}, draft="occ_tims.contract_minimum=0") == ("", ())
    assert taken({}, profile="stock_stress") == ("occ_tims:stock_stress", ())


def test_a_faulty_entry_is_named_and_the_others_count():
    text, faults = taken({"contract_minimum": "much", "points_per_side": "4"})
    assert text == "occ_tims.points_per_side=4"
    (fault,) = faults
    assert fault.startswith("occ_tims.contract_minimum: 'much' is not a value like 0.375. Give a")


def test_an_entry_that_gives_no_figure_is_named_and_the_others_count():
    text, faults = taken({"contract_minimum": "0", "ranges.equity": "[0.1, 0.2]"})
    assert text == "occ_tims.contract_minimum=0"
    assert len(faults) == 1
    assert "is none" in faults[0]


def test_the_last_good_settings_stay_where_nothing_can_be_taken():
    draft = "occ_tims.contract_minimum=0.5,us_reg_t:lean"
    text, faults = taken({"contract_minimum": "1e308"}, draft=draft)
    assert text == draft
    (fault,) = faults
    assert fault.startswith("no figure comes out with contract_minimum=1e308. Give values of")


def test_an_entry_at_fault_leaves_the_value_that_was_last_taken():
    last = rules.read("occ_tims.contract_minimum=37.5")
    chosen = setting(METHODOLOGIES["occ_tims"])  # as the table began
    found, faults = rule_table.taken(last, chosen, {"contract_minimum": "much"}, ACCOUNT)
    assert found == last
    assert len(faults) == 1


def test_entries_that_only_fit_together_are_taken_together(monkeypatch):
    def both(settings, *_):
        if len(settings.chosen[0].changes) == 1:
            raise ParameterError("one without the other")

    monkeypatch.setattr(rules, "check", both)
    entered = {"ranges.equity": "[-0.5, 0.5]", "grid": "even"}
    assert taken(entered) == ("occ_tims.ranges.equity=[-0.5, 0.5],occ_tims.grid=even", ())
    assert taken({"grid": "even"}) == ("", ("one without the other.",))


def test_settings_too_long_for_a_link_are_refused_as_a_whole(monkeypatch):
    def refuse(_):
        raise MarginError("they are too long")

    monkeypatch.setattr(rules, "read", refuse)
    chosen = setting(METHODOLOGIES["occ_tims"], "stock_stress")
    found = rule_table.taken(rules.PUBLISHED, chosen, {}, ACCOUNT)
    assert found == (rules.PUBLISHED, ("they are too long.",))


def test_an_entry_on_another_profile_starts_from_that_profile():
    draft = rules.read("occ_tims:volatility_stress")
    chosen = setting(METHODOLOGIES["occ_tims"], "stock_stress")
    entered = {"contract_minimum": "0", "points_per_side": "none"}
    found, faults = rule_table.taken(draft, chosen, entered, ACCOUNT)
    assert found.text == "occ_tims:stock_stress,occ_tims.contract_minimum=0"
    assert len(faults) == 1
    broken = {"contract_minimum": "0", "ranges.equity": "[0.1, 0.2]"}
    found, faults = rule_table.taken(draft, chosen, broken, ACCOUNT)
    assert found.text == "occ_tims:stock_stress,occ_tims.contract_minimum=0"
