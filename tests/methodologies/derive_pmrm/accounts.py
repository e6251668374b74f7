"""Accounts under Derive's portfolio manager, and the scenarios of a result."""

from margin_core.methodologies.derive_pmrm import METHODOLOGY, PUBLISHED
from tests.methodologies.derive_accounts import account, market

FIRST = METHODOLOGY.profiles["first_version"]
MARKET = market()


def margin(*positions, balances=(), p=PUBLISHED, snapshot=MARKET):
    return METHODOLOGY(account(*positions, balances=balances), snapshot, p)


def rows(result):
    return {outcome.label: outcome.pnl for outcome in result.scenarios}


def balances_of(result, price):
    """Return Derive's own figures: initial and maintenance margin balance, units of USDC."""
    return result.excess_initial / price, result.excess_maintenance / price
