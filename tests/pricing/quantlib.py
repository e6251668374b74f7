"""QuantLib as the independent reference of the pricing tests, one option at a time."""

import math

import QuantLib


def european(spot, strike, years, vol, rate, dividend_yield, *, call):
    """Return value and Greeks by name, from the closed formula."""
    discount = math.exp(-rate * years)
    forward = spot * math.exp((rate - dividend_yield) * years)
    kind = QuantLib.Option.Call if call else QuantLib.Option.Put
    payoff = QuantLib.PlainVanillaPayoff(kind, float(strike))
    formula = QuantLib.BlackCalculator(payoff, forward, vol * math.sqrt(years), discount)
    return {
        "value": formula.value(),
        "delta": formula.delta(spot),
        "gamma": formula.gamma(spot),
        "vega": formula.vega(years),
        "theta": formula.theta(spot, years),
        "rho": formula.rho(years),
    }
