"""One portfolio over several venues: each margined alone, against one account that nets it all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scipy.optimize import brentq

from margin_core.analysis.attribution import Margin, Phase
from margin_core.errors import InputError
from margin_core.margin.equity import balance_value
from margin_core.margin.last_bits import CENT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from margin_core.book.portfolio import Balance, Portfolio
    from margin_core.margin.result import MarginResult
    from margin_core.market.snapshot import Market


@dataclass(frozen=True, slots=True)
class Venue:
    """What is held at one venue, margined alone; amounts in the reporting currency.

    ``marginal`` is what the unified account needs more because of it.
    """

    name: str  # empty: what names no venue
    portfolio: Portfolio
    result: MarginResult
    capital: float
    marginal: float
    shortfall: float  # 0 where there is none

    @property
    def cost(self) -> float:
        """What holding this apart costs while all else is one account.

        These do not add up to the cost of segregation: an offset across two venues counts for each.
        """
        return self.capital - self.marginal


@dataclass(frozen=True, slots=True)
class Transfer:
    """An amount of an asset to move; ``value`` at its price, in the reporting currency."""

    asset: str
    amount: float
    value: float
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Segregation:
    """Several venues against one unified account; amounts in the reporting currency.

    ``transfers`` cure shortfalls without making others; ``uncured`` is what is left at a venue
    after them.
    """

    venues: tuple[Venue, ...]
    unified: MarginResult
    unified_capital: float
    transfers: tuple[Transfer, ...]
    uncured: tuple[tuple[str, float], ...]

    @property
    def capital(self) -> float:
        """What the venues need together, each alone."""
        return sum(venue.capital for venue in self.venues)

    @property
    def cost(self) -> float:
        """What segregation costs: what one unified account would free."""
        return self.capital - self.unified_capital


def by_venue(portfolio: Portfolio) -> dict[str, Portfolio]:
    """Return the account of each venue, in order of appearance; empty for what names none."""
    names = dict.fromkeys(
        [p.venue or "" for p in portfolio.positions] + [b.venue or "" for b in portfolio.balances]
    )
    return {name: _part(portfolio, name, here=True) for name in names}


def segregation(
    portfolio: Portfolio,
    market: Market,
    margins: Mapping[str, Margin],
    unified: Margin,
    phase: Phase = Phase.OPEN,
) -> Segregation:
    """Return what holding the portfolio over its venues costs, and how to cure shortfalls.

    Parameters
    ----------
    portfolio : Portfolio
    market : Market
    margins : mapping of venue to callable
        Each venue's own rules; the empty name is for what names no venue.
    unified : callable
        The rules of the one account that nets everything.
    phase : Phase
        Which capital and which shortfall are meant.

    Raises
    ------
    InputError
        If a venue of the portfolio has no rules.
    NotCoveredError
        If the rules of a venue, or those of the unified account, do not cover what it holds.
    """
    accounts = by_venue(portfolio)
    if missing := [name for name in accounts if name not in margins]:
        raise InputError(
            f"no rules for {', '.join(name or 'what names no venue' for name in missing)}",
            where="venues",
            remedy="Choose a methodology for each venue.",
        )
    whole = unified(portfolio, market)
    capital = phase.capital(whole)
    venues = []
    for name, account in accounts.items():
        without = phase.capital(unified(_part(portfolio, name, here=False), market))
        result = margins[name](account, market)
        venues.append(_venue(name, account, result, capital - without, phase))
    transfers, after = _cured(_Books(accounts, market, margins, phase))
    return Segregation(tuple(venues), whole, capital, transfers, tuple(after.shortfalls().items()))


def _part(portfolio: Portfolio, name: str, *, here: bool) -> Portfolio:
    """Return the account of what is held at a venue, or of what is not."""
    return replace(
        portfolio,
        positions=tuple(p for p in portfolio.positions if ((p.venue or "") == name) is here),
        balances=tuple(b for b in portfolio.balances if ((b.venue or "") == name) is here),
    )


def _venue(
    name: str, account: Portfolio, result: MarginResult, marginal: float, phase: Phase
) -> Venue:
    excess = _excess(result, phase)
    short = -excess if excess <= -CENT else 0.0
    return Venue(name, account, result, phase.capital(result), marginal, short)


def _excess(result: MarginResult, phase: Phase) -> float:
    return result.excess_initial if phase is Phase.OPEN else result.excess_maintenance


@dataclass(frozen=True, slots=True)
class _Books:
    """The venues' accounts, before or after balances moved between them."""

    accounts: Mapping[str, Portfolio]
    market: Market
    margins: Mapping[str, Margin]
    phase: Phase

    def shortfalls(self) -> dict[str, float]:
        """Return the shortfall of each venue that has one, the largest first."""
        excess = {name: self.excess(name, account) for name, account in self.accounts.items()}
        short = {name: -amount for name, amount in excess.items() if amount <= -CENT}
        return dict(sorted(short.items(), key=lambda item: -item[1]))

    def excess(self, name: str, account: Portfolio) -> float:
        """Return what ``account`` would have over its requirement at a venue."""
        return _excess(self.margins[name](account, self.market), self.phase)

    def offers(self, target: str) -> list[tuple[str, Balance]]:
        """Return what others could give, ordered by what a unit of value does at ``target``."""
        here = self.excess(target, self.accounts[target])
        found = []
        for name, account in self.accounts.items():
            if name == target or self.excess(name, account) < CENT:
                continue
            for balance in account.balances:
                value = self.value(balance)
                if value >= CENT:
                    with_it = _given(self.accounts[target], balance, 1.0, target)
                    found.append(((self.excess(target, with_it) - here) / value, name, balance))
        helpful = sorted((offer for offer in found if offer[0] > 0.0), key=lambda o: -o[0])
        return [(name, balance) for _, name, balance in helpful]

    def share(self, source: str, target: str, balance: Balance) -> float:
        """Return the share of a balance that cures ``target`` and leaves ``source`` whole."""
        mine, yours = self.accounts[source], self.accounts[target]
        spare = _last(lambda share: self.excess(source, _taken(mine, balance, share)))
        needed = _first(lambda share: self.excess(target, _given(yours, balance, share, target)))
        return min(spare, needed)

    def moved(self, source: str, target: str, balance: Balance, share: float) -> _Books:
        """Return the accounts with a share of a balance moved."""
        mine, yours = self.accounts[source], self.accounts[target]
        moved = {
            source: _taken(mine, balance, share),
            target: _given(yours, balance, share, target),
        }
        return replace(self, accounts={**self.accounts, **moved})

    def value(self, balance: Balance) -> float:
        """Return what a balance is worth."""
        currency = next(iter(self.accounts.values())).currency
        return balance_value(balance, self.market, currency).amount


def _cured(books: _Books) -> tuple[tuple[Transfer, ...], _Books]:
    """Return what to move to cure shortfalls, and the accounts after it.

    The largest shortfall is cured first, by the assets that count most at its venue.
    """
    transfers = []
    for target in books.shortfalls():
        for source, balance in books.offers(target):
            if books.excess(target, books.accounts[target]) > -CENT:
                break
            share = books.share(source, target, balance)
            value = share * books.value(balance)
            if value >= CENT:
                amount = share * balance.amount
                transfers.append(Transfer(balance.asset, amount, value, source, target))
                books = books.moved(source, target, balance, share)
    return tuple(transfers), books


def _taken(account: Portfolio, balance: Balance, share: float) -> Portfolio:
    """Return the account without ``share`` of one of its balances."""
    left = replace(balance, amount=balance.amount * (1.0 - share))
    place = account.balances.index(balance)
    kept = (left,) if share < 1.0 else ()
    return replace(
        account, balances=(*account.balances[:place], *kept, *account.balances[place + 1 :])
    )


def _given(account: Portfolio, balance: Balance, share: float, venue: str) -> Portfolio:
    """Return the account with ``share`` of a balance from elsewhere."""
    moved = replace(balance, amount=balance.amount * share, venue=venue or None)
    return replace(account, balances=(*account.balances, moved))


def _last(excess: Callable[[float], float]) -> float:
    """Return the largest share at which a falling ``excess`` is not negative."""
    if excess(0.0) <= 0.0:
        return 0.0
    return 1.0 if excess(1.0) >= 0.0 else float(brentq(excess, 0.0, 1.0, xtol=1e-15))


def _first(excess: Callable[[float], float]) -> float:
    """Return the smallest share at which a rising ``excess``, negative at none, no longer is."""
    return 1.0 if excess(1.0) <= 0.0 else float(brentq(excess, 0.0, 1.0, xtol=1e-15))
