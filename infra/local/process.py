"""One server process with its log file."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic, sleep

from infra.local.errors import LocalError
from infra.local.lifeline import Lifeline

_LOG_BYTES_MAX = 4 << 20
_QUOTED_LINES = 12
_QUOTED_BYTES = 32_768
_POLL_S = 0.02


class Process:
    """A server: started in the background, its output in a log file, tied to a lifeline."""

    def __init__(self, name: str, command: Sequence[str], log: Path, lifeline: Lifeline) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._lifeline = lifeline
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The number of the running process, or None when there is none."""
        if self._child is None or self._child.poll() is not None:
            return None
        return self._child.pid

    def start(self, folder: Path, inherit_fd: int, environ: Mapping[str, str]) -> None:
        """Start the process in `folder`. It is not ready yet: `wait_until` tells that."""
        self._rotate_log()
        with self.log.open("ab") as output:
            # A session of its own, so that Ctrl-C reaches us alone and servers are stopped in
            # order by us.
            self._child = subprocess.Popen(
                self._command,
                cwd=folder,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(inherit_fd,),
                start_new_session=True,
            )
        self._lifeline.watch(self._child.pid)

    def wait_until(self, is_ready: Callable[[], bool], limit_s: float) -> None:
        """Return once the server itself says that it is ready.

        Raises `LocalError` with the end of the log if the process ends before or the limit
        passes. `is_ready` must return in about a second at most.
        """
        give_up_at = monotonic() + limit_s
        while not is_ready():
            if self._child is None or self._child.poll() is not None:
                code = None if self._child is None else self._child.returncode
                raise self.fault(f"ended while it was starting (exit code {code})")
            if monotonic() > give_up_at:
                raise self.fault(f"was not ready within {limit_s:.0f} s")
            sleep(_POLL_S)

    def terminate(self) -> None:
        """Ask the process to end, without waiting. Does nothing if it has ended."""
        if self._child is not None:
            self._child.terminate()

    def stop(self, limit_s: float) -> None:
        """Ask the process to end and wait; kill it after the limit. Nothing if it has ended."""
        if self._child is None:
            return
        self._child.terminate()
        try:
            self._child.wait(limit_s)
        except subprocess.TimeoutExpired:
            self._child.kill()
        self._gone()

    def kill(self) -> None:
        """End the process at once, as a power cut would."""
        if self._child is None:
            return
        self._child.kill()
        self._gone()

    def fault(self, what: str) -> LocalError:
        """An error about this process that names its log and quotes the log's last lines."""
        return LocalError(f"{self.name} {what}; its log is {self.log}{quoted_end(self.log)}")

    def _gone(self) -> None:
        if self._child is not None:
            pid = self._child.pid
            self._child.wait()
            self._child = None
            self._lifeline.forget(pid)

    def _rotate_log(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES_MAX:
            self.log.replace(self.log.with_suffix(".log.1"))


def quoted_end(log: Path) -> str:
    """A colon and the last lines of a log, indented; empty if there are none."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _QUOTED_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    # Java's stack traces are long and say little to the reader of an error; what went wrong stands
    # above them.
    told = [line for line in lines if not line.startswith(("\tat ", "\t... "))]
    return "".join([":" if told else "", *(f"\n  | {line}" for line in told[-_QUOTED_LINES:])])
