"""Times and expiries as text: ISO 8601 in, aware UTC out, and back without loss."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from margin_core.book.instruments import AssetClass
from margin_core.files.limits import FIRST_YEAR, LAST_YEAR

DATE_PATTERN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
TIME_PATTERN = (
    DATE_PATTERN + r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_DATE, _TIME = re.compile(DATE_PATTERN), re.compile(TIME_PATTERN)

NEW_YORK = ZoneInfo("America/New_York")
US_CLOSE = time(16, tzinfo=NEW_YORK)  # US listed products expire at the close
CRYPTO_EXPIRY = time(8, tzinfo=UTC)


def read_time(text: str) -> datetime | None:
    """Return the UTC moment of an ISO 8601 time with its offset; None if it is not one."""
    if not _TIME.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if FIRST_YEAR <= moment.year <= LAST_YEAR else None


def read_date(text: str) -> date | None:
    """Return the day of a ``YYYY-MM-DD`` text; None if it is not one."""
    if not _DATE.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def read_expiry(text: str, asset_class: AssetClass | None) -> datetime | None:
    """Return the moment of an expiry: a time, or a date meaning that day's customary moment."""
    day = read_date(text)
    return customary(day, asset_class) if day else read_time(text)


def customary(day: date, asset_class: AssetClass | None) -> datetime:
    """Return when products on ``asset_class`` expire on ``day``, UTC.

    08:00 UTC for crypto, else 16:00 in New York.
    """
    hour = CRYPTO_EXPIRY if asset_class is AssetClass.CRYPTO else US_CLOSE
    return datetime.combine(day, hour).astimezone(UTC)


def time_text(moment: datetime) -> str:
    """Return the ISO 8601 text of an aware moment, in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def expiry_text(expiry: datetime, asset_class: AssetClass | None) -> str:
    """Return the expiry as a date where it is that day's customary moment, else as a time."""
    zone = UTC if asset_class is AssetClass.CRYPTO else NEW_YORK
    day = expiry.astimezone(zone).date()
    return day.isoformat() if customary(day, asset_class) == expiry else time_text(expiry)
