"""What coin options are asked outside portfolio margin."""

from dataclasses import replace

import pytest

from margin_core.methodologies.okx_pm import PUBLISHED
from margin_core.methodologies.okx_pm.outside import OptionTerms, initial, maintenance, to_sell


def test_a_coin_option_outside_portfolio_margin_is_asked_what_the_rules_print():
    # OKX option margin rules, 2020: forward 5,900, 100 out of the money, 100 contracts of 0.1
    terms = OptionTerms(call=True, mark=0.0575, out_of_the_money=100 / 5900, tier_factor=1.02)
    assert 0.1 * initial(terms, PUBLISHED) == pytest.approx(0.01932, abs=5e-6)
    assert 100 * 0.1 * to_sell(terms, 0.06, PUBLISHED) == pytest.approx(1.334, abs=5e-4)
    assert maintenance(terms, 0.03) == pytest.approx(0.03 * 1.02 + 0.0575)
    put = replace(terms, call=False, mark=1.5)
    assert maintenance(put, 0.03) == pytest.approx(0.03 * 1.5 * 1.02 + 1.5)
