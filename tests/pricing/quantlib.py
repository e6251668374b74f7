"""QuantLib as the independent reference of the pricing tests, one option at a time."""

import math

import QuantLib

TODAY = QuantLib.Date(2, 1, 2026)
DAY_COUNT = QuantLib.Actual365Fixed()


def european(spot, strike, years, vol, rate, dividend_yield, *, call):
    """Return value and Greeks by name, from the closed formula."""
    discount = math.exp(-rate * years)
    forward = spot * math.exp((rate - dividend_yield) * years)
    formula = QuantLib.BlackCalculator(
        _payoff(strike, call), forward, vol * math.sqrt(years), discount
    )
    return {
        "value": formula.value(),
        "delta": formula.delta(spot),
        "gamma": formula.gamma(spot),
        "vega": formula.vega(years),
        "theta": formula.theta(spot, years),
        "rho": formula.rho(years),
    }


class Engine:
    """One of QuantLib's engines for options on an asset with a yield, with the quotes it reads."""

    def __init__(self, name, scheme=None):
        QuantLib.Settings.instance().evaluationDate = TODAY
        self._quotes = [QuantLib.SimpleQuote(1.0) for _ in range(4)]
        spot, vol, rate, dividend_yield = map(QuantLib.QuoteHandle, self._quotes)
        process = QuantLib.BlackScholesMertonProcess(
            spot,
            QuantLib.YieldTermStructureHandle(
                QuantLib.FlatForward(TODAY, dividend_yield, DAY_COUNT)
            ),
            QuantLib.YieldTermStructureHandle(QuantLib.FlatForward(TODAY, rate, DAY_COUNT)),
            QuantLib.BlackVolTermStructureHandle(
                QuantLib.BlackConstantVol(TODAY, QuantLib.NullCalendar(), vol, DAY_COUNT)
            ),
        )
        engine = getattr(QuantLib, name)
        self._engine = engine(process, getattr(engine, scheme)()) if scheme else engine(process)
        self._american = "American" in name

    def value(self, spot, strike, days, vol, rate, dividend_yield, call):
        """Return the value of one option that expires in so many days."""
        numbers = (spot, vol, rate, dividend_yield)
        for quote, number in zip(self._quotes, numbers, strict=True):
            quote.setValue(float(number))
        expiry = TODAY + int(days)
        if self._american:
            exercise = QuantLib.AmericanExercise(TODAY, expiry)
        else:
            exercise = QuantLib.EuropeanExercise(expiry)
        option = QuantLib.VanillaOption(_payoff(strike, call), exercise)
        option.setPricingEngine(self._engine)
        return option.NPV()


def american(scheme):
    """Return the spectral collocation engine (QdFp) in one of its schemes."""
    return Engine("QdFpAmericanEngine", f"{scheme}Scheme")


def _payoff(strike, call):
    kind = QuantLib.Option.Call if call else QuantLib.Option.Put
    return QuantLib.PlainVanillaPayoff(kind, float(strike))


def with_dividends(spot, strike, days, vol, rate, dividends, *, call, american, steps=800):
    """Value an option with (days, amount) dividends: a closed formula, or the escrowed model."""
    QuantLib.Settings.instance().evaluationDate = TODAY
    process = QuantLib.BlackScholesMertonProcess(
        QuantLib.QuoteHandle(QuantLib.SimpleQuote(spot)),
        QuantLib.YieldTermStructureHandle(QuantLib.FlatForward(TODAY, 0.0, DAY_COUNT)),
        QuantLib.YieldTermStructureHandle(QuantLib.FlatForward(TODAY, rate, DAY_COUNT)),
        QuantLib.BlackVolTermStructureHandle(
            QuantLib.BlackConstantVol(TODAY, QuantLib.NullCalendar(), vol, DAY_COUNT)
        ),
    )
    dates, amounts = zip(*((TODAY + day, amount) for day, amount in dividends), strict=True)
    schedule = QuantLib.DividendVector(dates, amounts)
    expiry = TODAY + days
    if american:
        exercise = QuantLib.AmericanExercise(TODAY, expiry)
        engine = QuantLib.FdBlackScholesVanillaEngine(
            process,
            schedule,
            steps,
            steps,
            0,
            QuantLib.FdmSchemeDesc.Douglas(),
            False,  # noqa: FBT003
            0.0,
            QuantLib.FdBlackScholesVanillaEngine.Escrowed,
        )
    else:
        exercise = QuantLib.EuropeanExercise(expiry)
        engine = QuantLib.AnalyticDividendEuropeanEngine(process, schedule)
    option = QuantLib.VanillaOption(_payoff(strike, call), exercise)
    option.setPricingEngine(engine)
    return option.NPV()
