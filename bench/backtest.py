"""`banzhang backtest` over a simulated district's log: wall and processor time, memory."""

import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import psutil  # type: ignore[import-untyped]

from bench.scores import TrialError

MEMBERS, DAYS = 45, 20
MESSAGES_PER_GROUP_DAY = 20
SEED = 7
_POLICY = Path(__file__).parents[1] / "policies" / "default.yaml"
_LOOK_S = 0.1


class Backtested(NamedTuple):
    """One run. `cpu_s` is of all its processes, `rss_bytes` what they held at once, at most."""

    seconds: float
    cpu_s: float
    rss_bytes: int


def write_log(folder: Path, messages: int) -> Path:
    """A district's log of about so many messages, in twenty school days."""
    groups = max(1, messages // (DAYS * MESSAGES_PER_GROUP_DAY))
    log = folder / "backtest.jsonl"
    asked = {"groups": groups, "members": MEMBERS, "days": DAYS, "seed": SEED}
    words = [word for name, value in asked.items() for word in (f"--{name}", str(value))]
    with log.open("wb") as out:
        subprocess.run(_banzhang("simulate", *words), stdout=out, check=True)
    return log


def write_changed(folder: Path) -> Path:
    """The default pack, changed where it costs most: more floods, another ladder, longer nights."""
    text = _POLICY.read_text(encoding="utf-8")
    for old, new in (
        ("times: 3", "times: 2"),
        ("ladder: guide", "ladder: discretion"),
        ('from: "22:00"', 'from: "21:30"'),
    ):
        assert old in text, f"the default pack has no {old} any more"
        text = text.replace(old, new)
    changed = folder / "changed.yaml"
    changed.write_text(text, encoding="utf-8")
    return changed


def run(log: Path, changed: Path) -> Backtested:
    """Compare both packs over the log, once. Raises `TrialError` if the command fails."""
    words = ("backtest", "--policy", str(changed), "--against", str(_POLICY), "--json", str(log))
    began = time.monotonic()
    process = psutil.Popen(
        _banzhang(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    watched = _Watched(process)
    watched.start()
    out, err = process.communicate()
    seconds = time.monotonic() - began
    watched.join()
    if process.returncode != 0 or '"what":"new"' not in out:
        raise TrialError(f"banzhang backtest ended with {process.returncode}: {err[-500:]}")
    return Backtested(seconds, watched.cpu_s, watched.rss_bytes)


class _Watched(threading.Thread):
    """Looks at a process and its children until they end."""

    def __init__(self, process: psutil.Popen) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._cpu_s: dict[int, float] = {}
        self.rss_bytes = 0

    @property
    def cpu_s(self) -> float:
        """The processor time of all that were seen, until they were seen last."""
        return sum(self._cpu_s.values())

    def run(self) -> None:
        """Look until the process is gone."""
        while self._process.poll() is None:
            held = 0
            try:
                for one in (self._process, *self._process.children(recursive=True)):
                    times = one.cpu_times()
                    self._cpu_s[one.pid] = times.user + times.system
                    held += one.memory_info().rss
            except psutil.Error:
                pass  # It ended in between.
            self.rss_bytes = max(self.rss_bytes, held)
            time.sleep(_LOOK_S)


def _banzhang(*words: str) -> Sequence[str]:
    return [sys.executable, "-m", "banzhang", *words]
