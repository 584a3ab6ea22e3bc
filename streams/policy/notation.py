"""How a pack writes numbers that carry a unit: periods such as `10m`, clock times such as `22:00`."""

import re
from typing import Final

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

_PERIOD: Final = re.compile(r"([0-9]{1,9})(ms|s|m|h|d)")
_UNITS_MS: Final = {"ms": 1, "s": 1000, "m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def period_ms(text: str) -> int | None:
    """Milliseconds of `60s`, `10m`, `24h`, `90d`; None for what is no period."""
    match = _PERIOD.fullmatch(text)
    return None if match is None else int(match[1]) * _UNITS_MS[match[2]]


def period_words(ms: int) -> str:
    """The period as a pack writes it, in the largest unit that divides it."""
    for unit, size in reversed(_UNITS_MS.items()):
        if ms % size == 0:
            return f"{ms // size}{unit}"
    return f"{ms}ms"


def clock_minutes(text: str) -> int | None:
    """Minutes since midnight of `22:00`; None for what is no time of day."""
    match = _CLOCK.fullmatch(text)
    return None if match is None else int(match[1]) * 60 + int(match[2])


def clock_words(minutes: int) -> str:
    """The time of day as a pack writes it."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
