"""The one error that a command shows to a person."""

from typing import Final

FAULT: Final = 1
"""Exit code: something did not work out."""
USAGE: Final = 2
"""Exit code: the command, a policy or a record can't be read as it was given."""
INTERRUPTED: Final = 130
"""Exit code: ended by Ctrl-C, as shells know it."""


class Failure(Exception):
    """Ends the command: each line says what is wrong and how to mend it."""

    def __init__(self, *lines: str, code: int = FAULT) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
        self.code = code
