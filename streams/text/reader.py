"""The simple reader: word lists over the normal form, links and numbers."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, Self

from schemas.event import Attachment
from streams.text.lexicon import Lexicon, load_lexicon
from streams.text.links import ALLOWED_ALWAYS, allow_list, find_links, is_allowed, kind_of
from streams.text.links import LABELS as LINK_LABELS
from streams.text.match import STAFF, Match
from streams.text.privacy import Roll, digits_of, find_private
from streams.text.words import Words, find_words

# A covenant binds staff otherwise: they may link, talk and give a number.
_NOT_OF_STAFF: Final = frozenset(
    {"link_external", "chitchat", "privacy_phone", "leave_request", "private_matter", "flaunt"}
)


@lru_cache(maxsize=1)
def _shipped() -> Words:
    return Words(load_lexicon())


class WordReader:
    """A `Reader` by word lists. Immutable; safe to share."""

    def __init__(
        self,
        words: Words,
        allowed_hosts: Sequence[str] = (),
        public_numbers: Sequence[str] = (),
        names: Sequence[str] = (),
    ) -> None:
        self._words = words
        self._hosts = allow_list(allowed_hosts)
        self._mail_hosts = (*ALLOWED_ALWAYS, *self._hosts)
        self._public = tuple(digits_of(number) for number in public_numbers)
        self._roll = Roll(names) if names else None

    @classmethod
    def default(cls) -> Self:
        """The reader of the shipped lexicon."""
        return cls(_shipped())

    @classmethod
    def of(cls, lexicon: Lexicon) -> Self:
        """The reader of another lexicon."""
        return cls(Words(lexicon))

    def with_settings(
        self,
        allowed_hosts: Sequence[str] = (),
        public_numbers: Sequence[str] = (),
        names: Sequence[str] = (),
    ) -> Self:
        """The same words under a school's settings. gov.cn and edu.cn are always allowed. `names`:
        the children's of a roster, many of which in one message are a class's roll.
        """
        return type(self)(self._words, allowed_hosts, public_numbers, names)

    def read(
        self, text: str, attachments: Sequence[Attachment] = (), role: str = "parent"
    ) -> Sequence[Match]:
        """What was found, by place; see `Match` for what its fields mean."""
        whole = _with_titles(text, attachments) if attachments else text
        staff = role in STAFF
        urls = find_links(text, self._hosts)
        links = [(url.start, url.end) for url in urls]
        found = [("link_external", *span) for span in links]
        if not staff:
            found += [(LINK_LABELS[u.kind], u.start, u.end) for u in urls if u.kind in LINK_LABELS]
        found += self._private(whole, links, staff)
        attached = list(_attached(text, attachments, self._hosts)) if attachments else []
        behind = [(len(whole), len(whole)) for label, _ in attached if label == "link_external"]
        found += find_words(self._words, whole, [*links, *behind])
        if not found and not attached:
            return ()
        matches = [_match(text, whole, *place) for place in sorted(found, key=_by_place)]
        matches += [Match(label, part, len(text), len(text)) for label, part in attached]
        if staff:
            return tuple(match for match in matches if match.label not in _NOT_OF_STAFF)
        return tuple(matches)

    def _private(
        self, whole: str, links: Sequence[tuple[int, int]], staff: bool
    ) -> list[tuple[str, int, int]]:
        """What is given away. Staff may say how they are reached and name the class; digits in a
        link's path are nobody's number.
        """
        roll = None if staff else self._roll
        found = find_private(whole, self._public, self._mail_hosts, roll, reached=not staff)
        return [
            (label, start, end)
            for label, start, end in found
            if not any(first <= start and end <= last for first, last in links)
        ]


def _with_titles(text: str, attachments: Sequence[Attachment]) -> str:
    titles = [part for a in attachments for part in (a.title, a.name) if part]
    return "\n".join([text, *titles])


def _attached(
    text: str, attachments: Sequence[Attachment], hosts: Sequence[str]
) -> Iterator[tuple[str, str]]:
    for attachment in attachments:
        if attachment.type == "red_packet":
            yield "red_packet", attachment.title or ""
        elif attachment.type == "link":
            url = attachment.url or ""
            if not is_allowed(url, hosts):
                yield "link_external", url
                kind = kind_of(url, attachment.title or text)
                if kind in LINK_LABELS:
                    yield LINK_LABELS[kind], url


def _by_place(found: tuple[str, int, int]) -> tuple[int, int, str]:
    return found[1], found[2], found[0]


def _match(text: str, whole: str, label: str, start: int, end: int) -> Match:
    size = len(text)
    return Match(label, whole[start:end], min(start, size), min(end, size))
