"""The clock, and the ticks of it that the owner of a partition appends to the log.

Time is an input of the judge, so it must stand in the log: silent groups learn of a deadline by a
tick. A tick is dated some way back, so that it does not overtake messages that are on their way.
"""

import time
from collections.abc import Callable
from typing import Final, NamedTuple, Self

from schemas.event import ANY, Tick, encode_event

BACK_MS: Final = 15_000
"""How far a tick is dated back: longer than a message takes from the platform to the log."""
BACK_REAL_S: Final = 0.5
"""The same for a clock that runs faster, in seconds of the real one."""
PAUSE_S_MIN: Final = 0.1
"""Real seconds between ticks, at least: what falls between is one tick for all of it."""
KEY: Final = f"{ANY}:{ANY}".encode()


class Clock(NamedTuple):
    """Event time as a value: `origin_ms` at `started_s` of `source`, running `scale` times."""

    origin_ms: int
    started_s: float
    scale: float
    source: Callable[[], float] = time.monotonic

    @classmethod
    def of(cls, text: str) -> Self:
        """`real`, or `ORIGIN_MS@REAL_START_MS*SCALE`. Raises ValueError that says how to write it.

        The real clock follows the machine's (which is set right from time to time); a scaled one
        is read off the monotonic clock, so that it never jumps.
        """
        if text == "real":
            return cls(0, 0.0, 1.0, time.time)
        try:
            origin, _, rest = text.partition("@")
            start, _, scale = rest.partition("*")
            began_s = time.monotonic() - (time.time() - int(start) / 1000)
            return cls(int(origin), began_s, float(scale))
        except ValueError:
            raise ValueError(
                f"BANZHANG_CLOCK is {text!r}; write `real` or ORIGIN_MS@REAL_START_MS*SCALE"
            ) from None

    def now_ms(self) -> int:
        """Event time, milliseconds."""
        return self.origin_ms + int((self.source() - self.started_s) * 1000 * self.scale)

    def when_ms(self, real_ms: int) -> int:
        """Event time at a moment of the machine's own clock, milliseconds."""
        return self.now_ms() - int((time.time() * 1000 - real_ms) * self.scale)

    def back_ms(self) -> int:
        """How far a tick is dated back, milliseconds of event time."""
        return max(BACK_MS, int(BACK_REAL_S * 1000 * self.scale))

    def pause_s(self, tick_s: float) -> float:
        """Real seconds between ticks that are `tick_s` of event time apart."""
        return max(PAUSE_S_MIN, tick_s / self.scale)


def tick(clock: Clock, tick_s: float, held_at: int | None = None) -> tuple[bytes, bytes]:
    """Key and value of the tick that is due now, or of the one that was at `held_at`, a moment of the
    machine's own clock in milliseconds: the same again and again moves no group.

    Its id is its time bucket and its time the bucket's own, so two owners that append the same
    one (around a handover) append equal records, and the second changes nothing.
    """
    step_ms = max(1, int(tick_s * 1000))
    now_ms = clock.now_ms()
    if held_at is not None:
        now_ms = min(now_ms, clock.when_ms(held_at))
    bucket_ms = (now_ms - clock.back_ms()) // step_ms * step_ms
    record = Tick(id=f"tick-{bucket_ms}", platform=ANY, group_id=ANY, sent_at=max(0, bucket_ms))
    return KEY, encode_event(record)
