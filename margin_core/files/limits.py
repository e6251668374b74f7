"""What the file door refuses for its size alone: against mistakes, and against bad will."""

from __future__ import annotations

FORMAT = "margin-portfolio/1"

MAX_BYTES = 5_000_000  # of a file, UTF-8
MAX_POSITIONS = 10_000
MAX_UNDERLYINGS = 1_000
MAX_COLLATERAL = 1_000
MAX_DIVIDENDS = 1_000  # of one underlying
MAX_EXPIRIES = 1_000  # in one object of expiry -> figure
MAX_FIELDS = 100  # of one object, known or not
MAX_ROWS = 20_000  # of a CSV file, blank ones included
MAX_LINES = 1_000  # of a pasted text
MAX_LINE = 1_000  # characters of one of them
MAX_FAULTS = 1_000  # listed one by one

MAX_SYMBOL = 32
MAX_LABEL = 64
MAX_NAME = 200
MAX_DESCRIPTION = 10_000

MAX_NUMBER = 1e15
MIN_POSITIVE = 1e-12  # a smaller price has no finite reciprocal worth having
MAX_RATE = 5.0  # per year, either sign: exp(rate x years) stays finite
MAX_VOLATILITY = 100.0  # per year
MAX_LEVERAGE = 1_000.0
MAX_YEARS = 50  # from the valuation time to an expiry
FIRST_YEAR, LAST_YEAR = 1900, 2200

MAX_TOKEN = 6_000  # characters of a link's token
MAX_UNPACKED = 1_000_000  # bytes a token may unpack to
