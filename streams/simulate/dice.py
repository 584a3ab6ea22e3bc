"""Throws that follow from a cause: the same cause gives the same throws, on every Python.

The standard library's generator promises no such thing for anything but its raw numbers, and a
simulated day is only worth comparing if it is the same bytes everywhere.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, TypeVar

T = TypeVar("T")

_MASK: Final = (1 << 64) - 1


class Dice:
    """A sequence of throws (splitmix64), begun by a hash of the cause."""

    def __init__(self, *cause: int | str) -> None:
        words = "/".join(map(str, cause)).encode()
        self._state = int.from_bytes(blake2b(words, digest_size=8).digest(), "big")

    def below(self, end: int) -> int:
        """A number from 0 to `end` - 1. Its bias is less than `end` / 2^64."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return (mixed ^ (mixed >> 31)) % end

    def between(self, first: int, last: int) -> int:
        """A number from `first` to `last`, both included."""
        return first + self.below(last - first + 1)

    def happens(self, per_mille: int) -> bool:
        """Whether something comes true that does so `per_mille` times in a thousand."""
        return self.below(1000) < per_mille

    def pick(self, several: Sequence[T]) -> T:
        """One of several."""
        return several[self.below(len(several))]

    def some(self, several: Sequence[T], count: int) -> list[T]:
        """`count` different ones, in the order drawn; all of them where there are fewer."""
        left = list(several)
        return [left.pop(self.below(len(left))) for _ in range(min(count, len(left)))]
