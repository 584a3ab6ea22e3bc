"""Where tables and progress are printed."""

import sys

from rich.console import Console

_PIPE_COLUMNS = 160


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Whoever read our output left: the command line knows what to do."""
        raise BrokenPipeError


def console(*, stderr: bool = False) -> Console:
    """A console; one that is no terminal gets room enough that tables are not cut."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _PIPE_COLUMNS
    return _Console(file=stream, width=width, highlight=False)
