"""Commands of ours as child processes: started, watched, started again, ended in order."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from banzhang.settings import strangers
from infra.local.lifeline import Lifeline

DELAY_S_MAX: Final = 60.0
STEADY_S: Final = 60.0
"""A child that ran for so long is started again at once; the delay then grows from the start."""
STOP_S: Final = 25.0
"""Longer than a worker's own limit on a clean end (BANZHANG_SHUTDOWN_S)."""
_TAIL_BYTES: Final = 8_192

Say = Callable[[str], None]


class Child:
    """One `banzhang` command in a process of its own; its words go to a log file.

    `shows`: its standard output is ours, for people to read.
    """

    def __init__(
        self,
        name: str,
        words: Sequence[str],
        *,
        environ: Mapping[str, str],
        log: Path,
        lifeline: Lifeline,
        shows: bool = False,
    ) -> None:
        self.name = name
        self.log = log
        self._words = list(words)
        # What is no setting was told by us already.
        ours = {name: text for name, text in os.environ.items() if name not in strangers()}
        self.environ = ours | dict(environ)
        self._lifeline = lifeline
        self._shows = shows
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """The running process; 0 where there is none."""
        if self._process is None or self._process.returncode is not None:
            return 0
        return self._process.pid

    async def start(self) -> None:
        """Start the process. It is not ready yet."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "banzhang", *self._words),
                env=self.environ,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=None if self._shows else log,
                stderr=log,
                # Ctrl-C is for us alone: we end the children, in order.
                start_new_session=True,
            )
        self._lifeline.watch(self._process.pid)

    async def wait(self) -> int:
        """Wait for its end; the exit code, or minus the signal that ended it."""
        if self._process is None:
            return 0
        code = await self._process.wait()
        self._lifeline.forget(self._process.pid)
        return code

    def send(self, number: signal.Signals) -> None:
        """Send a signal; nothing happens where no process is running."""
        if self.pid and self._process is not None:
            self._process.send_signal(number)

    async def stop(self) -> None:
        """Ask it to end, and kill it if it takes longer than it may."""
        self.send(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.wait(), STOP_S)
        except TimeoutError:
            self.send(signal.SIGKILL)
            await self.wait()

    async def keep(self, say: Say) -> None:
        """Run it for ever: start it again whenever it ends, and say why it ended.

        Cancel the task to leave it; the process is then running still.
        """
        clock = asyncio.get_running_loop().time
        delay_s = 1.0
        while True:
            began_s = clock()
            await self.start()
            code = await self.wait()
            if clock() - began_s > STEADY_S:
                delay_s = 1.0
            say(f"{self.name} ended ({self.why(code)}); again in {delay_s:.0f} s, log: {self.log}")
            await asyncio.sleep(delay_s)
            delay_s = min(delay_s * 2, DELAY_S_MAX)

    def why(self, code: int) -> str:
        """Why it ended, in the last words of its log, else by its exit code."""
        if code < 0:
            return signal.Signals(-code).name
        with self.log.open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - _TAIL_BYTES))
            lines = log.read().decode("utf-8", "replace").splitlines()
        named = [
            told
            for told in map(message_of, lines)
            if told.startswith(("banzhang: exit", "error: "))
        ]
        return named[-1] if named and code else f"exit code {code}"


def message_of(line: str) -> str:
    """What a line of a log says, also where each is a JSON object."""
    if not line.startswith("{"):
        return line
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    return str(entry.get("message", line)) if isinstance(entry, dict) else line


async def stop_all(children: Sequence[Child]) -> None:
    """End them side by side, and wait."""
    await asyncio.gather(*(child.stop() for child in children))
