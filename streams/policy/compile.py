"""A pack made ready to judge: content-addressed bytes, and the rules sorted by what they look at."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from schemas.action import PolicyRef
from schemas.event import Attachment
from schemas.policy import ENGINE, Pack, QuietHours, Rate, Repeat, Rule
from streams.calendar import MINUTE_MS, offsets, quiet_period
from streams.kept import Kept
from streams.rules.handling import RESPONSES, Response
from streams.text import Reader, WordReader
from streams.text.lexicon import read_own_words
from streams.text.match import STAFF, STANDINGS, standing
from streams.text.privacy.rolls import names_listed

if TYPE_CHECKING:
    from streams.suspicions import Suspicions

ROLL: Final = "roll?"
"""In place of a label: a text lists so many names that it may be a class's roll. The group's roster
says whether it is."""
DOUBT: Final = "?"
"""What follows a label that the word lists found and the model doubts: both are names of no label."""
RING_MIN: Final = 12
RING_MAX: Final = 64
RUN_MAX: Final = 1_000


class UnknownEngine(ValueError):
    """The pack was made for another engine: this one would judge it otherwise."""


class _Published(Struct, frozen=True, kw_only=True):
    engine: str
    pack: Pack


class Bound(Struct, frozen=True, kw_only=True):
    """A rule with what follows from it: its clause's full name, how a finding is answered, the
    capability that an exemption names, and (rules about content only) the labels in force.
    """

    rule: Rule
    clause: str | None
    response: Response
    capability: str
    labels: frozenset[str] = frozenset()
    also: frozenset[str] = frozenset()

    @property
    def is_suspicion(self) -> bool:
        """Whether it rests on the learned model alone, so that nothing but a look may follow."""
        return self.rule.when.suspected is not None


class Policy:
    """A pack ready to judge. Immutable; shared by all groups that are judged by it."""

    def __init__(self, pack: Pack, version: str) -> None:
        self.pack = pack
        self.ref = PolicyRef(id=pack.id, version=version)
        self.offset: Callable[[int], int] = offsets(pack.timezone)
        self.staff = frozenset(pack.staff)
        rules = [rule for rule in pack.rules if rule.state != "draft"]
        self.rates: list[tuple[Bound, Rate]] = [
            (_bound(pack, rule, "flood_rate"), rule.when.rate) for rule in rules if rule.when.rate
        ]
        self.repeats: list[tuple[Bound, Repeat]] = [
            (_bound(pack, rule, "flood_repeat"), rule.when.repeat)
            for rule in rules
            if rule.when.repeat
        ]
        self.quiets: list[tuple[Bound, QuietHours]] = [
            (_bound(pack, rule, "quiet_hours"), rule.when.quiet_hours)
            for rule in rules
            if rule.when.quiet_hours
        ]
        allowed = _allowed(pack)
        contents = [_content(pack, rule, allowed) for rule in rules if rule.when.labels]
        self.contents = [bound for bound in contents if bound.labels]
        suspects = [_suspect(pack, rule, allowed) for rule in rules if rule.when.suspected]
        self.suspects = [bound for bound in suspects if bound.labels]
        timed = [bound for bound, _ in (*self.rates, *self.repeats, *self.quiets)]
        self.by_id = {bound.rule.id: bound for bound in (*timed, *self.contents, *self.suspects)}
        self.ring = _ring(pack)
        self.run_min = min((repeat.times for _, repeat in self.repeats), default=RUN_MAX)
        self.rate_bounds = [(rate.messages - 1, rate.within_ms) for _, rate in self.rates]
        # What is suspected counts only where it was not found.
        is_read = self.contents or self.suspects
        self.reader: Reader | None = _reader(pack) if is_read else None
        self.suspicions: Suspicions | None = _suspicions() if self.suspects else None
        self._found = {role: Kept(partial(self._labels, role)) for role in STANDINGS}
        self.calm_from = self.calm_until = 0

    def labels_of(
        self, text: str, role: str, attachments: Sequence[Attachment] = ()
    ) -> tuple[str, ...]:
        """The labels found in a message, in order, and `ROLL` where names are listed. `DOUBT` follows
        those that the model doubts, where a rule asks for it.
        """
        if attachments:
            return self._labels(role, [text], attachments)[0]
        return self._found[standing(role)].of(text)

    def read_ahead(self, role: str, texts: Iterable[str]) -> None:
        """Read at once what a member of this role will be judged by: one text at a time costs twice
        as much, and the model's answer fifty times. No answer is another for it.
        """
        texts = list(texts)
        if self.reader is not None:
            self._found[standing(role)].read(texts)
        if self.suspicions is not None and role not in self.staff:
            self.suspicions.read(texts)

    def suspected_in(self, text: str, role: str) -> tuple[str, ...]:
        """The labels that the model names in a text of a member of that role; none for staff, of
        whom nothing is suspected, and where no rule asks.
        """
        if self.suspicions is None or role in self.staff:
            return ()
        return self.suspicions.of(text)

    def _labels(
        self, role: str, texts: Sequence[str], attachments: Sequence[Attachment] = ()
    ) -> list[tuple[str, ...]]:
        """The labels found in messages, as `labels_of` has them."""
        if self.reader is None:
            return [()] * len(texts)
        found = self.reader.read_all([(text, attachments, role) for text in texts])
        labels = [tuple(match.label for match in matches) for matches in found]
        if self.suspicions is not None:
            doubted = self.suspicions.opinion.doubted(texts, found)
            labels = [
                tuple(f"{label}{DOUBT}" for label in several) if is_doubted else several
                for several, is_doubted in zip(labels, doubted, strict=True)
            ]
        if role in STAFF:
            return labels
        return [(*several, *_roll(text)) for several, text in zip(labels, texts, strict=True)]

    def is_calm(self, at: int) -> bool:
        """Whether no quiet hours hold at `at` (ms); the answer serves the rest of the minute.

        Quiet hours begin and end with a minute, so a minute is calm as a whole or not at all.
        """
        for _, quiet in self.quiets:
            if quiet_period(at, self.offset, quiet.start, quiet.end) is not None:
                return False
        self.calm_from = at - at % MINUTE_MS
        self.calm_until = self.calm_from + MINUTE_MS
        return True


def pack_bytes(pack: Pack) -> bytes:
    """The bytes under which a pack is published: canonical, so that equal packs are one."""
    published = _Published(engine=ENGINE, pack=pack)
    return msgspec.json.Encoder(order="sorted").encode(published)


def pack_hash(raw: bytes) -> str:
    """The name of a published pack: 32 hex characters of the SHA-256 of its bytes."""
    return hashlib.sha256(raw).hexdigest()[:32]


def compile_pack(raw: bytes) -> Policy:
    """Make a published pack ready.

    Raises `msgspec.ValidationError` for bytes that are no pack, and `UnknownEngine` for a pack of
    another engine.
    """
    published = msgspec.json.decode(raw, type=_Published)
    if published.engine != ENGINE:
        raise UnknownEngine(
            f"pack {published.pack.id} was published for engine {published.engine}, this is "
            f"engine {ENGINE}: publish it again with `banzhang topics create`"
        )
    return Policy(published.pack, pack_hash(raw))


def _bound(pack: Pack, rule: Rule, capability: str) -> Bound:
    response = RESPONSES[rule.handling]
    if rule.when.repeat is not None:
        response = msgspec.structs.replace(response, kinds=("delete", *response.kinds))
    if rule.do is not None:
        response = msgspec.structs.replace(response, kinds=rule.do)
    if rule.strike is not None:
        response = msgspec.structs.replace(response, strike=rule.strike)
    clause = None if rule.clause is None else f"{pack.id}#{rule.clause}"
    return Bound(rule=rule, clause=clause, response=response, capability=capability)


def _content(pack: Pack, rule: Rule, allowed: frozenset[str]) -> Bound:
    return msgspec.structs.replace(
        _bound(pack, rule, "content"),
        labels=frozenset(rule.when.labels or ()) - allowed,
        also=frozenset(rule.when.also or ()),
    )


def _suspect(pack: Pack, rule: Rule, allowed: frozenset[str]) -> Bound:
    """Whatever the rule says: a suspicion brings a look, and no more."""
    return msgspec.structs.replace(
        _bound(pack, rule, "content"),
        response=RESPONSES["look"],
        labels=frozenset(rule.when.suspected or ()) - allowed,
    )


def _suspicions() -> "Suspicions":
    # Only who asks the model pays for its weights.
    from streams.suspicions import suspicions  # noqa: PLC0415

    return suspicions()


def _allowed(pack: Pack) -> frozenset[str]:
    """The labels that the school's settings switch off."""
    ads = {"ad"} if pack.settings.allow_ads else set()
    chat = {"chitchat"} if pack.settings.allow_chat else set()
    return frozenset(ads | chat)


def _ring(pack: Pack) -> int:
    """How many messages a member's ring must hold for the rules of the pack."""
    needed = [rule.when.rate.messages + 2 for rule in pack.rules if rule.when.rate]
    needed += [2 * rule.when.repeat.times + 2 for rule in pack.rules if rule.when.repeat]
    return min(RING_MAX, max([RING_MIN, *needed]))


def _roll(text: str) -> tuple[str, ...]:
    return (ROLL,) if names_listed(text) else ()


def _reader(pack: Pack) -> Reader:
    settings = pack.settings
    return WordReader.default().with_settings(
        allowed_hosts=settings.allowed_hosts,
        public_numbers=settings.public_numbers,
        own_words=read_own_words(settings.words) if settings.words else None,
    )
