"""A text and its normal form laid side by side: where sentences end, and what turns them."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from streams.text.normal import fold, places
from streams.text.ordinary import ordinary_words

Span = tuple[int, int]
"""Start and end, as of a slice."""

_FORBID_REACH: Final = 14
"""A weak prohibition (别, 不要) turns what begins within so many letters behind it."""

_FORBID_REACH_BACK: Final = 12
"""One that names the deed (拼单就别发了) turns what ends within so many letters before it, too."""

_DEEDS: Final = frozenset("发往传转点信拉收搞回下吧")
"""What a word against sending, sharing or joining ends with (别发, 撤回, 免了吧)."""

_AFTER_DEEDS: Final = frozenset("了吧哈啊呀哦嘛哟呢啦呗这那到在群里出进")
"""What may follow where the deed names no other thing (别发了, 别发这里; but 别发广告)."""

_SENTENCE: Final = frozenset("。！？!?\n\r;；…")
_LATIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz")
# Nothing to go back to in it but one label: linear in Python's own engine.
_HOST: Final = re.compile(
    r"(?<![a-z0-9.-])[a-z0-9-]+\.(?:[a-z0-9-]+\.){0,3}"
    r"(?:cn|com|net|org|top|vip|xyz|cc|icu|club|site|shop|info|io|tv|me|app|link|ltd)(?![a-z0-9])"
    r"(?:/[!-~]*)?",
    re.ASCII | re.IGNORECASE,
)
_CLAUSE: Final = _SENTENCE | frozenset("，,、：:")


class Page:
    """One message under examination. Spans are of the normal form where not said otherwise."""

    def __init__(self, text: str, folded: str, certain: frozenset[Span] = frozenset()) -> None:
        """`certain`: places at which no Latin word is cut into, whatever stands beside them."""
        self._certain = certain
        self._text = text
        self._folded = folded
        self._places = places(text)
        self._ends = [place for place, sign in enumerate(text) if sign in _SENTENCE]
        self._has_latin = not _LATIN.isdisjoint(folded)
        self._hosts = [match.span() for match in _HOST.finditer(text)] if "." in text else []

    def turn(self, kind: str, spans: Sequence[Span]) -> "Turn":
        """What words of a kind turn that stand at these places."""
        return Turn(kind, [(self.sentence(span[0]), span) for span in spans], self)

    def folded_span(self, span: Span) -> Span:
        """The span of the normal form that came from a span of the text."""
        return bisect_left(self._places, span[0]), bisect_left(self._places, span[1])

    def text_span(self, span: Span) -> Span:
        """The span of the text that a span of the normal form came from."""
        return self._places[span[0]], self._places[span[1] - 1] + 1

    def is_word(self, span: Span) -> bool:
        """Whether letters that meet in the normal form are one word in the text.

        They are not when a clause ends between them (unless marks stand between all of them, as
        in 微,商,招, or nothing else explains the letters beside the mark) or when they are cut out of a longer Latin word.
        """
        start, end = span
        first, last = self._places[start], self._places[end - 1]
        if last - first >= end - start:
            between = self._text[first : last + 1]
            if not _CLAUSE.isdisjoint(between) and not self._is_one(start, end):
                return False
        if self._folded[start:end].isdecimal() and self._is_in_number(first, last):
            return False
        if not self._has_latin or span in self._certain:
            return True
        if self._hosts and self._folded[start:end].isascii() and self._is_in_host(first, last):
            return False
        return not self._is_cut(start, first - 1) and not self._is_cut(end - 1, last + 1)

    def is_parted(self, start: int, end: int) -> bool:
        """Whether something stands between the letters of a span."""
        return self._places[end - 1] - self._places[start] >= end - start

    def sentence(self, place: int) -> int:
        """The number of the sentence in which a letter of the normal form stands."""
        return bisect_left(self._ends, self._places[min(place, len(self._places) - 1)])

    def is_bare_deed(self, span: Span) -> bool:
        """Whether a word against a deed stands alone: nothing that it is done to follows."""
        end = span[1]
        if self._folded[end - 1] not in _DEEDS:
            return False
        if end == len(self._folded) or self._places[end] - self._places[end - 1] > 1:
            return True
        return self._folded[end] in _AFTER_DEEDS

    def _is_one(self, start: int, end: int) -> bool:
        """Whether letters on both sides of marks are a word all the same: marks stand between all
        of them, or a single one does and the letters beside it are no other words.
        """
        if self._is_strewn(start, end):
            return True
        first, last = self._places[start], self._places[end - 1]
        if last - first != end - start:
            return False
        if end - start == 2 and not self._text[first + 1].isascii():
            return False
        return all(
            start <= at and behind <= end
            for at, behind in ordinary_words(self._folded, (start, end))
        )

    def _is_strewn(self, start: int, end: int) -> bool:
        stretch = self._places[start:end]
        apart = all(after - before > 1 for before, after in pairwise(stretch))
        return len(stretch) > 2 and apart

    def _is_in_number(self, first: int, last: int) -> bool:
        """Whether figures are a part of a longer number (the 438 of 438-217-906)."""
        beside = self._text[last + 1 : last + 3].lstrip("-")[:1]
        before = self._text[max(0, first - 2) : first].rstrip("-")[-1:]
        return beside.isdecimal() or before.isdecimal()

    def _is_in_host(self, first: int, last: int) -> bool:
        """Whether a word's letters are a part of an address (the gd of edu.gd.gov.cn)."""
        return any(start <= first and last < end for start, end in self._hosts)

    def _is_cut(self, inner: int, outer: int) -> bool:
        """Whether a Latin letter of the word has another one right beside it in the text."""
        if not 0 <= outer < len(self._text) or not _is_latin(self._folded[inner]):
            return False
        return _is_latin(fold(self._text[outer]))


class Turn:
    """The places of one kind of words that turn a finding into none."""

    def __init__(self, kind: str, spans: Sequence[tuple[int, Span]], page: Page) -> None:
        """`spans`: each with the number of its sentence."""
        self._kind = kind
        self._spans = spans
        self._sentences = frozenset(sentence for sentence, _ in spans)
        self._page = page

    def turns(self, span: Span, is_sent: bool = False) -> bool:
        """Whether the finding at this place is none. `is_sent`: what is found is a thing that
        people send each other, so the word against it may stand behind it.
        """
        if self._kind == "ask":
            return True
        here = self._page.sentence(span[0])
        if self._kind == "about":
            # A problem's or a story's head stands before the sentence that it is about.
            return here in self._sentences or here - 1 in self._sentences
        if self._kind == "forbid":
            return any(
                self._forbids(word, span, is_sent)
                for sentence, word in self._spans
                if sentence == here
            )
        return here in self._sentences

    def _forbids(self, word: Span, span: Span, is_sent: bool) -> bool:
        start, end = word
        if end <= span[1] and span[0] - end <= _FORBID_REACH:
            return True
        is_near = 0 <= start - span[1] <= _FORBID_REACH_BACK
        return is_sent and is_near and self._page.is_bare_deed(word)


def _is_latin(letter: str) -> bool:
    return letter.isascii() and letter.isalpha()
