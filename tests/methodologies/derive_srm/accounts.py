"""Accounts under Derive's standard manager, at the parameters of its suite or as published."""

from margin_core.methodologies.derive_srm import METHODOLOGY, PUBLISHED
from tests.methodologies.derive_accounts import account, market

MARKET = market()


def margin(*positions, balances=(), p=PUBLISHED, snapshot=MARKET):
    return METHODOLOGY(account(*positions, balances=balances), snapshot, p)
