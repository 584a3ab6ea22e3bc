"""The reader: word lists over the normal form, links and numbers."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, Self

from schemas.event import Attachment
from streams.text.cues import Cues
from streams.text.lexicon import (
    OUTSIDER,
    Lexicon,
    OwnWords,
    load_lexicon,
    with_own_words,
)
from streams.text.links import (
    ALLOWED_ALWAYS,
    allow_list,
    find_links,
    is_allowed,
    kind_of,
)
from streams.text.links import LABELS as LINK_LABELS
from streams.text.match import CHILD, STAFF, Found, Match, Message
from streams.text.normal import fold
from streams.text.page import Span
from streams.text.privacy import digits_of, find_private
from streams.text.privacy.phones import is_of_kin
from streams.text.row import Row, telling
from streams.text.words import Words, find_words

# A covenant binds staff otherwise: they may link, talk and give a number, but no parent's.
_NOT_OF_STAFF: Final = frozenset(
    {
        "link_external",
        "chitchat",
        "leave_request",
        "private_matter",
        "flaunt",
        "media",
        "flood",
    }
)


# What is looked at or listened to; a voice message is talk.
_SHOWN: Final = frozenset({"image", "sticker", "video"})
_PLAYED: Final = (".mp3", ".m4a", ".wav", ".flac", ".mp4", ".mov", ".avi", ".mkv", ".gif")

# What `CHILD` is read as. As long as it is, so places stay; of letters that, with what stands beside
# them, hardly ever have the sound of a listed word; its given name is one of the list `given_name`.
_NAMED: Final = "彭昱琛"

_RUDE: Final = "\U0001f595"
"""The one picture that is an insult by itself: the raised finger."""

FLOOD_MIN: Final = 12
"""One letter so many times is no laughter and no emphasis any more."""
UNIT_MAX: Final = 8
UNITS_MIN: Final = 5
"""Of several letters at most so many, at least so often."""


@lru_cache(maxsize=1)
def _shipped() -> Words:
    return Words(load_lexicon())


# Some schools share a worker, and each of their packs is made ready again and again.
@lru_cache(maxsize=32)
def _with_own(words: Words, own: OwnWords) -> Words:
    return Words(with_own_words(words.lexicon, own), words)


class WordReader:
    """A `Reader` by word lists. Immutable; safe to share."""

    def __init__(
        self,
        words: Words,
        allowed_hosts: Sequence[str] = (),
        public_numbers: Sequence[str] = (),
        cues: Cues | None = None,
    ) -> None:
        self._words = words
        self._cues = cues
        self._settings = (tuple(allowed_hosts), tuple(public_numbers))
        self._hosts = allow_list(allowed_hosts)
        self._mail_hosts = (*ALLOWED_ALWAYS, *self._hosts)
        self._public = tuple(digits_of(number) for number in public_numbers)

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
        own_words: OwnWords | None = None,
    ) -> Self:
        """The same words under a school's settings. gov.cn and edu.cn are always allowed.

        With `own_words` they are made ready beside the shipped lists (less than a tenth of a second,
        once for equal words).
        """
        words = self._words if own_words is None else _with_own(self._words, own_words)
        return type(self)(words, allowed_hosts, public_numbers, self._cues)

    def with_cues(self, names: Collection[str]) -> Self:
        """The same reader, whose answers hold ways of speaking too, whoever wrote: a match whose
        label is a name of `CUES`. Raises `ValueError` where a name is none of them.
        """
        return type(self)(
            self._words, *self._settings, Cues.of(frozenset(names)) if names else None
        )

    def read(
        self, text: str, attachments: Sequence[Attachment] = (), role: str = "parent"
    ) -> Sequence[Match]:
        """What was found, by place; see `Match` for what its fields mean."""
        return self.read_all([(text, attachments, role)])[0]

    def read_all(self, messages: Sequence[Message]) -> list[Sequence[Match]]:
        """What was found in each of several messages. Many at once cost a part of what they cost
        one by one.
        """
        if not messages:
            return []
        wholes = [_with_titles(text, parts) if parts else text for text, parts, _ in messages]
        shown = wholes
        if any(CHILD in whole for whole in wholes):
            wholes = [whole.replace(CHILD, _NAMED) for whole in wholes]
            messages = [(t.replace(CHILD, _NAMED), parts, role) for t, parts, role in messages]
        told = telling(wholes)
        looked = {
            number: self._look(message, wholes[number])
            for number, message in enumerate(messages)
            if told[number] or message[1] or _may_flood(message[0]) or _RUDE in message[0]
        }
        links = {number: one.links for number, one in looked.items() if one.links}
        outsiders = {at for at, (_, _, role) in enumerate(messages) if role == "outsider"}
        row = Row.of(wholes)
        worded = find_words(self._words, row, links, outsiders)
        found: list[Sequence[Match]] = [()] * len(messages)
        for number in looked.keys() | worded.keys():
            found[number] = self._matches(
                messages[number],
                shown[number],
                looked.get(number, _NOTHING),
                worded.get(number, ()),
            )
        if self._cues is not None:
            for number, said in self._cues.find(row, links).items():
                text = messages[number][0]
                ways = [_match(text, shown[number], place) for place in said]
                found[number] = tuple(sorted([*found[number], *ways], key=_by_span))
        return found

    def _look(self, message: Message, whole: str) -> "_Looked":
        """Everything but the words."""
        text, attachments, role = message
        staff = role in STAFF
        links = find_links(text, self._hosts)
        spans = [(link.start, link.end) for link in links]
        found: list[Found] = [Found("link_external", *span) for span in spans]
        if not staff:
            found += [
                Found(LINK_LABELS[u.kind], u.start, u.end) for u in links if u.kind in LINK_LABELS
            ]
        found += self._private(whole, spans, staff)
        if _is_flood(text):
            found.append(Found("flood", 0, len(text)))
        if _RUDE in whole:
            at = whole.index(_RUDE)
            found.append(Found("vulgar", at, at + 1))
        if not found and not attachments:
            return _NOTHING
        attached = list(_attached(text, attachments, self._hosts))
        spans += [(len(whole), len(whole)) for label, _ in attached if label == "link_external"]
        return _Looked(found, spans, attached)

    def _private(self, whole: str, links: Sequence[Span], staff: bool) -> list[Found]:
        """What is given away. Staff may say how they are reached, not how parents are, and name the
        class; digits in a link's path are nobody's number.
        """
        found = find_private(whole, self._public, self._mail_hosts, reached=not staff)
        return [
            Found(label, start, end)
            for label, start, end in found
            if not any(first <= start and end <= last for first, last in links)
            and not (staff and label == "privacy_phone" and not is_of_kin(whole, start))
        ]

    def _matches(
        self, message: Message, shown: str, looked: "_Looked", worded: Sequence[Found]
    ) -> Sequence[Match]:
        text, _, role = message
        if role in STAFF:
            worded = [place for place in worded if place.label != "privacy_phone"]
        lexicon = self._words.lexicon
        found = _yielding(_sure([*looked.found, *worded], lexicon.beside), lexicon.yields)
        matches = [_match(text, shown, place) for place in sorted(found, key=_by_place)]
        matches += [Match(label, part, len(text), len(text)) for label, part in looked.attached]
        if role in STAFF:
            return tuple(match for match in matches if match.label not in _NOT_OF_STAFF)
        return tuple(matches)


class _Looked(NamedTuple):
    """What a message holds beside words: findings, the places of links, findings in attachments."""

    found: Sequence[Found]
    links: Sequence[Span]
    attached: Sequence[tuple[str, str]]


_NOTHING: Final = _Looked((), (), ())


def _sure(found: list[Found], beside: Mapping[str, frozenset[str]]) -> list[Found]:
    """Rules for outsiders count only where nothing more definite was found, or nothing but what
    they count beside.
    """
    sure = {place.label for place in found if not place.label.endswith(OUTSIDER)}
    named = [(place, place.label.removesuffix(OUTSIDER)) for place in found]
    return [
        place._replace(label=label)
        for place, label in named
        if place.label in sure or sure <= beside.get(label, frozenset())
    ]


def _may_flood(text: str) -> bool:
    """The question that most texts end at: its first two characters come again at once."""
    return len(text) >= FLOOD_MIN and text.find(text[:2], 1, UNIT_MAX + 4) > 0


def _is_flood(text: str) -> bool:
    """Whether a message is one letter or a few, or one picture, again and again (666666666666,
    顶上去顶上去…): a flood by itself. Floods of several messages or lines are the stream's to see.
    """
    if not _may_flood(text):
        return False
    signs = fold(text) or "".join(filter(_is_picture, text))
    return any(
        signs[size:] == signs[:-size] and len(signs) >= UNITS_MIN * size
        for size in range(1, UNIT_MAX + 1)
    )


def _is_picture(sign: str) -> bool:
    # By number, not by Unicode's tables, which each Python has its own of.
    return "\u2600" <= sign <= "\u27bf" or "\U0001f000" <= sign <= "\U0001faff"


def _yielding(found: list[Found], yields: Mapping[str, frozenset[str]]) -> list[Found]:
    """Without the labels that are not said beside one that was found too."""
    labels = {place.label for place in found}
    if len(labels) < 2:
        return found
    silent = {
        label
        for label in labels & yields.keys()
        if "*" in yields[label] or not yields[label].isdisjoint(labels)
    }
    return [place for place in found if place.label not in silent]


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
        elif attachment.type in _SHOWN or _is_played(attachment.name):
            yield "media", attachment.title or attachment.name or ""


def _is_played(name: str | None) -> bool:
    """Whether a file's name is one of music or video."""
    return name is not None and name.lower().endswith(_PLAYED)


def _by_place(found: Found) -> tuple[int, int, str]:
    return found.start, found.end, found.label


def _by_span(match: Match) -> Span:
    return match.start, match.end


def _match(text: str, whole: str, found: Found) -> Match:
    size, start, end = len(text), found.start, found.end
    # Behind the text stand the titles of its attachments: those are judged by themselves.
    plain = found.plain and start < size
    return Match(found.label, whole[start:end], min(start, size), min(end, size), plain)
