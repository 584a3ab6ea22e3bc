"""Views: other spellings of a text, one character for each of its own, so that places agree."""

from collections.abc import Callable
from typing import Final

# Enough blocks for every way to write a Latin letter, a digit or a sign in a line.
_BLOCKS: Final = (
    range(0x0100),
    range(0x2000, 0x2800),
    range(0x3000, 0x3040),
    range(0xFE00, 0x10000),
    range(0x1D400, 0x1D800),
    range(0x1F100, 0x1F200),
)


class View(dict[int, str]):
    """A table for `str.translate` that maps each character to exactly one."""

    def __init__(self, spell: Callable[[str], str], more: str, other: str) -> None:
        codes = [code for block in _BLOCKS for code in block] + [ord(sign) for sign in more]
        super().__init__((code, spell(chr(code)) or other) for code in codes)
        self._other = other

    def __missing__(self, code: int) -> str:
        return self._other
