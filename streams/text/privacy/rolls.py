"""Class rolls: many names of the roster in one message."""

from collections.abc import Iterable
from typing import Final

from ahocorasick_rs import AhoCorasick, MatchKind

from streams.text.privacy.cues import has

_NAMES_MIN: Final = 8
"""Fewer are a group of children, no roll."""

# Where names are gathered or honoured, not given away.
_HARMLESS: Final = (
    "接龙", "表扬", "祝贺", "恭喜", "获奖", "值日", "参加", "报名", "演员", "小组", "感谢", "队员", "名单如下请核对",
    "点赞", "优秀", "进步", "志愿", "#接龙", "到达", "已到",
)  # fmt: skip


class Roll:
    """The names of a roster, ready to look for. Immutable; safe to share."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = list(dict.fromkeys(_sound(name) for name in names if len(name) > 1))
        self._automaton = AhoCorasick(self._names, matchkind=MatchKind.LeftmostLongest)
        self._least = max(_NAMES_MIN, len(self._names) // 3)

    def find(self, text: str) -> tuple[int, int] | None:
        """From the first name to the last where a text lists the class."""
        if len(self._names) < _NAMES_MIN or len(text) < 2 * self._least or has(text, _HARMLESS):
            return None
        hits = self._automaton.find_matches_as_indexes(_sound(text))
        if len({name for name, _, _ in hits}) < self._least:
            return None
        return hits[0][1], hits[-1][2]


def _sound(text: str) -> str:
    """The text with `?` for lone surrogates, which the automaton can't take; as long as before."""
    return text.encode("utf-8", "replace").decode()
