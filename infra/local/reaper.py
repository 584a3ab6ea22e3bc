"""Kill the processes named on standard input once that input ends.

Runs as a process of its own, by its path and without any import of the project, so that it
starts in a few milliseconds and outlives whatever happened to its parent. Lines are `+PID` and
`-PID`. The input ends when the parent closes it or dies, by SIGKILL too: the kernel closes the
pipe. A signal bound to the parent's death (`PR_SET_PDEATHSIG`) would be shorter, but it fires
when the *thread* that started the child ends, and it exists on Linux only.
"""

import os
import signal
import sys


def main() -> None:
    """Follow the list of processes; at its end kill those that still stand on it."""
    watched: set[int] = set()
    for line in sys.stdin:
        pid = int(line[1:])
        if line[0] == "+":
            watched.add(pid)
        else:
            watched.discard(pid)
    for pid in watched:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            # It has ended by itself in the meantime, which is what we want.
            continue


if __name__ == "__main__":
    main()
