"""Processes that must not outlive this one."""

import subprocess
import sys
from pathlib import Path
from typing import IO

_REAPER = Path(__file__).with_name("reaper.py")


class Lifeline:
    """Ties child processes to the life of this one.

    A small process waits at the other end of a pipe. When this process ends in whatever way, the
    pipe breaks and the children still listed are killed, so a killed test run leaves no broker.
    """

    def __init__(self) -> None:
        self._reaper: subprocess.Popen[str] | None = None

    def watch(self, pid: int) -> None:
        """Have the process killed should this one end before `forget`."""
        self._tell(f"+{pid}")

    def forget(self, pid: int) -> None:
        """Take an ended process off the list.

        Call it right after the process was waited for: its number may be given to a stranger.
        """
        self._tell(f"-{pid}")

    def close(self) -> None:
        """Let go. Processes that are still listed are killed."""
        if self._reaper is not None:
            self._pipe(self._reaper).close()
            self._reaper.wait()
            self._reaper = None

    def _tell(self, line: str) -> None:
        if self._reaper is None:
            # A session of its own: Ctrl-C at the terminal, or the end of the parent's process
            # group, must not end the reaper before it has done its work.
            self._reaper = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_REAPER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                text=True,
                start_new_session=True,
            )
        pipe = self._pipe(self._reaper)
        pipe.write(line + "\n")
        pipe.flush()

    @staticmethod
    def _pipe(reaper: subprocess.Popen[str]) -> IO[str]:
        if reaper.stdin is None:  # pragma: no cover - it was opened with a pipe
            raise AssertionError("the reaper was started without a pipe")
        return reaper.stdin
