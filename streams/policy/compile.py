"""A pack made ready to judge: its rules sorted by what they look at."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from schemas.action import PolicyRef
from schemas.event import Attachment
from schemas.policy import Hours, Pack, QuietHours, Rate, Repeat, Rule, When, Whom
from streams.calendar import MINUTE_MS, Calendar, Days, offsets, quiet_period
from streams.identity import hash64
from streams.kept import Kept
from streams.legible import legible, legible_attachments
from streams.policy.asked import cues_asked, cues_watched, minded, roles_heard
from streams.policy.bound import Bound
from streams.policy.names import names_by_role
from streams.policy.published import pack_hash, published_pack
from streams.policy.subjects import SUBJECTS
from streams.policy.whom import roles_of
from streams.readings import Readings
from streams.rules.handling import RESPONSES, Response
from streams.said import NOTHING, Said
from streams.text import Reader, WordReader
from streams.text.cues import Cues
from streams.text.lexicon import read_own_words
from streams.text.match import STAFF, Match, standing
from streams.text.privacy.rolls import names_listed
from streams.text.row import Row

if TYPE_CHECKING:
    from streams.suspicions import Suspicions

PARENT: Final = "parent"
"""The standing by which nothing is left out."""
RING_MIN: Final = 12
RING_MAX: Final = 64
RUN_MAX: Final = 1_000


_CAPABILITIES: Final[Mapping[str, str]] = {
    "rate": "flood_rate",
    "repeat": "flood_repeat",
    "quiet_hours": "quiet_hours",
    "labels": "content",
    "suspected": "content",
    "mentions": "at_spam",
    "joins": "membership",
    "present": "membership",
    "name": "naming",
    "unanswered": "notice_ack",
    "unreplied": "reply_sla",
}
"""The names by which an exemption lets rules rest; other rules rest by their own id."""


_OF_ALL: Final = frozenset({"name", "misnamed_ms", "reported", "command", "open_review"})
"""What binds the staff too, and is answered as the rule says, where it does not say whom it binds."""

_OF_OTHERS: Final = frozenset({"cues", "attachments", "mentions", "message", "count", "absent_ms"})
"""What binds nobody of the staff where a rule does not say whom it binds."""


_OF_CHILDREN: Final = frozenset(
    {"criticise_child", "grades", "conflict", "private_matter", "leave_request"}
)
"""Labels that may hang on whether a text names a child of the class."""

_EVERYBODY: Final[tuple[Whom, ...]] = ("staff", "others")
_JOINERS: Final[Mapping[str, tuple[Whom, ...]]] = {
    "rostered": _EVERYBODY,
    "stranger": ("unknown", "outsider"),
    "other_relation": ("others",),
}


def subject_of(when: When) -> str:
    """The one subject of a rule."""
    return next(name for name in SUBJECTS if getattr(when, name) is not None)


class Policy:
    """A pack ready to judge. Immutable; shared by all groups that are judged by it."""

    def __init__(self, pack: Pack, version: str, readings: Readings | None = None) -> None:
        """`readings`: where what is found in texts is kept, if other packs shall share it."""
        self.pack = pack
        self.ref = PolicyRef(id=pack.id, version=version)
        self.offset: Callable[[int], int] = offsets(pack.timezone)
        self._calendar = Calendar(pack.years, pack.terms, pack.exams)
        self.staff = frozenset(pack.staff)
        allowed = _allowed(pack)
        bounds = [_bound(pack, rule, allowed) for rule in pack.rules if rule.state != "draft"]
        bounds = [bound for bound in bounds if not _is_switched_off(bound)]
        self.by_id = {bound.rule.id: bound for bound in bounds}
        self.spares = [bound for bound in bounds if bound.rule.handling == "spare"]
        self._about: dict[str, list[Bound]] = {}
        for bound in bounds:
            if bound.rule.handling != "spare":
                self._about.setdefault(subject_of(bound.rule.when), []).append(bound)
        self.rates: list[tuple[Bound, Rate]] = _with_subject(self.about("rate"), "rate")
        repeats: list[tuple[Bound, Repeat]] = _with_subject(self.about("repeat"), "repeat")
        self.repeats = [(bound, repeat) for bound, repeat in repeats if repeat.of == "texts"]
        self.file_repeats = [(bound, repeat) for bound, repeat in repeats if repeat.of == "files"]
        self.quiets: list[tuple[Bound, QuietHours]] = _with_subject(
            self.about("quiet_hours"), "quiet_hours"
        )
        self.names = names_by_role(pack)
        # Whose messages the rules about who is in the group look at.
        self.strangers = frozenset().union(*(one.whom or () for one in self.about("present")))
        self.names_children = any(map(_names_children, bounds))
        self.contents = self.about("labels")
        self.holds_disputes = any(bound.rule.hold for bound in bounds)
        self.asks_approval = bool(self.about("group")) and not pack.settings.group_approved
        self.suspects = self.about("suspected")
        self.ring = _ring(pack)
        self.run_min = min((repeat.times for _, repeat in self.repeats), default=RUN_MAX)
        self.rate_bounds = [(rate.messages - 1, rate.within_ms) for _, rate in self.rates]
        self.minds = minded(bounds)
        self.chains = [bound for bound in self.about("count") if _is_chain(bound)]
        # Which message asked, and which stood last, is for chains and for who owes an answer.
        self.keeps_board = bool(self.chains or self.about("unanswered"))
        # Of whom the quick look takes in nothing: what they say is kept, or answered by its way.
        self.posters = roles_heard(bounds, self.staff)
        self._watches_places = any(bound.rule.where.found_in for bound in bounds)
        # What is suspected counts only where it was not found.
        self.reader: Reader | None = _reader(pack) if _is_read(bounds) else None
        self.suspicions: Suspicions | None = _suspicions() if self.suspects else None
        self._found = (readings or Readings()).by(self._way(), self._say)
        # Labels that a rule asks of the staff by name: else they are read for none of them.
        self.staff_labels = frozenset(
            label
            for bound in self.contents
            if bound.whom is not None and not bound.whom.isdisjoint(self.staff)
            for label in bound.labels
        )
        self.cues = cues_asked(bounds)
        self.watched_cues = cues_watched(bounds, self.staff)
        self._cues = Kept(partial(_cues_in, self.cues))
        self._watched = Kept(partial(_cues_in, self.watched_cues))
        self.calm_from = self.calm_until = 0

    def about(self, subject: str) -> list[Bound]:
        """The rules about a subject (a field of `When`), in the pack's order, less the drafts and
        those that spare.
        """
        return self._about.get(subject, [])

    def days_of(self, hours: QuietHours | Hours) -> Days | None:
        """On which local days such hours begin; None for all."""
        return self._calendar.days(hours.days) if hours.days else None

    def period_of(self, at: int, hours: QuietHours | Hours) -> tuple[int, int] | None:
        """The period of such hours that holds `at` (ms), as (begin, end); None where none does."""
        return quiet_period(at, self.offset, hours.start, hours.end, self.days_of(hours))

    def standing(self, role: str) -> str:
        """Whose reading holds for a role, by the pack's own staff: see `streams.text.match`."""
        if role in self.staff:
            return "teacher"
        return "parent" if role in STAFF else standing(role)

    def said(self, text: str, role: str, attachments: Sequence[Attachment] = ()) -> Said:
        """What a message of a member of that role says; `NOTHING` for most.

        What a text of the staff says is read by fewer labels, but for those that some rule asks of
        the staff by name.
        """
        said = self._said(text, self.standing(role), attachments)
        if role not in self.staff or not self.staff_labels:
            return said
        more = self._said(text, PARENT, attachments).labels
        added = [label for label in more if label in self.staff_labels and label not in said.labels]
        return msgspec.structs.replace(said, labels=(*said.labels, *added)) if added else said

    def _said(self, text: str, standing: str, attachments: Sequence[Attachment]) -> Said:
        if attachments:
            return self._found.shown(text, standing, attachments)
        return self._found.texts[standing].of(text)

    def read_ahead(self, role: str, texts: Iterable[str]) -> None:
        """Read at once what a member of this role will be judged by: one text at a time costs twice
        as much, and the model's answer fifty times. No answer is another for it.
        """
        texts = list(texts)
        if self.reader is not None:
            self._found.texts[self.standing(role)].read(texts)
            if role in self.staff and self.staff_labels:
                self._found.texts[PARENT].read(texts)
        if self.suspicions is not None and role not in self.staff:
            self.suspicions.read(texts)
        if self.watched_cues and role not in self.staff:
            self._watched.read(texts)

    def cues_in(self, text: str) -> tuple[str, ...]:
        """The ways of speaking in a text, of those that any rule asks for. To be asked only where
        something hangs on it: it costs half of what reading does.
        """
        return self._cues.of(text) if self.cues else ()

    def is_watched_in(self, text: str) -> bool:
        """Whether a text of one who is not of the staff has a way of speaking that is answered, or
        counts, by itself.
        """
        return bool(self.watched_cues) and bool(self._watched.of(text))

    def suspected_in(self, text: str, role: str) -> tuple[str, ...]:
        """The labels that the model names in a text of a member of that role; none for staff, of
        whom nothing is suspected, and where no rule asks.
        """
        if self.suspicions is None or role in self.staff:
            return ()
        return self.suspicions.of(text)

    def _way(self) -> Hashable:
        """All of the pack that the answers of `_say` depend on."""
        settings = self.pack.settings
        asks_lists, asks_model = self.reader is not None, self.suspicions is not None
        own = (settings.allowed_hosts, settings.public_numbers, settings.words)
        return (asks_lists, asks_model, self._watches_places, *own)

    def _say(
        self, standing: str, texts: Sequence[str], attachments: Sequence[Attachment]
    ) -> list[Said]:
        """What messages of a standing say, as `said` has it."""
        if self.reader is None:
            return [NOTHING] * len(texts)
        texts, attachments = [*map(legible, texts)], legible_attachments(attachments)
        found = self.reader.read_all([(text, attachments, standing) for text in texts])
        doubted: Sequence[bool] = [False] * len(texts)
        if self.suspicions is not None:
            doubted = self.suspicions.opinion.doubted(texts, found)
        return [
            self._summed(text, attachments, matches, is_doubted, standing)
            for text, matches, is_doubted in zip(texts, found, doubted, strict=True)
        ]

    def _summed(
        self,
        text: str,
        attachments: Sequence[Attachment],
        matches: Sequence[Match],
        is_doubted: bool,
        standing: str,
    ) -> Said:
        """What the matches in one message come to."""
        is_roll = standing != "teacher" and bool(names_listed(text))
        if not matches and not is_roll:
            return NOTHING
        labels = tuple(dict.fromkeys(match.label for match in matches))
        return Said(
            labels=() if is_doubted else labels,
            doubted=labels if is_doubted else (),
            places=_places(text, attachments, matches) if self._watches_places else (),
            is_roll=is_roll,
        )

    def is_calm(self, at: int) -> bool:
        """Whether no quiet hours hold at `at` (ms); the answer serves the rest of the minute.

        Quiet hours begin and end with a minute, so a minute is calm as a whole or not at all.
        """
        if self.calm_from <= at < self.calm_until:
            return True
        for _, quiet in self.quiets:
            if self.period_of(at, quiet) is not None:
                return False
        self.calm_from = at - at % MINUTE_MS
        self.calm_until = self.calm_from + MINUTE_MS
        return True


def compile_pack(raw: bytes, readings: Readings | None = None) -> Policy:
    """Make a published pack ready. Packs that are given the same `readings` read no text twice.

    Raises `msgspec.ValidationError` for bytes that are no pack, and `UnknownEngine` for a pack of
    another engine.
    """
    return Policy(published_pack(raw), pack_hash(raw), readings)


def _bound(pack: Pack, rule: Rule, allowed: frozenset[str]) -> Bound:
    """The rule with what follows from it, and the labels of which the settings leave something."""
    subject = subject_of(rule.when)
    return Bound(
        rule=rule,
        clause=None if rule.clause is None else f"{pack.id}#{rule.clause}",
        response=_response(rule),
        capability=_CAPABILITIES.get(subject, rule.id),
        labels=frozenset(rule.when.labels or rule.when.suspected or ()) - allowed,
        also=frozenset(rule.when.also or ()),
        whom=_whom(rule, subject, pack),
        sig=_sig(rule) if rule.when.count is not None or rule.when.repeat is not None else 0,
    )


def _sig(rule: Rule) -> int:
    counted = (rule.when.count, rule.when.repeat, rule.where, rule.by, rule.platform, rule.hours)
    return hash64(msgspec.json.encode(counted).decode())


def _whom(rule: Rule, subject: str, pack: Pack) -> frozenset[str] | None:
    words = rule.by or _meant(rule.when, subject)
    return roles_of(words, pack.staff) if words else None


def _meant(when: When, subject: str) -> tuple[Whom, ...]:
    """Whom a rule binds that does not say so; nobody named where its class says it."""
    if subject in _OF_OTHERS:
        return ("others",)
    if subject == "present":
        return _JOINERS["stranger"]
    if subject in _OF_ALL:
        return _EVERYBODY
    return when.added or (_JOINERS[when.joins] if when.joins else ())


def _names_children(bound: Bound) -> bool:
    """Whether a rule asks for the children that a message names."""
    count, where = bound.rule.when.count, bound.rule.where
    asked = (bound.labels, bound.also, where.labels, where.not_labels)
    return (count is not None and count.by == "child") or any(
        not _OF_CHILDREN.isdisjoint(labels) for labels in asked
    )


def _response(rule: Rule) -> Response:
    """The class's answer with what the rule says otherwise."""
    # Whatever the rule says: a suspicion brings a look, and no more.
    response = RESPONSES["look" if rule.when.suspected is not None else rule.handling]
    if rule.when.repeat is not None:
        response = msgspec.structs.replace(response, kinds=("delete", *response.kinds))
    if rule.do is not None and rule.when.suspected is None:
        response = msgspec.structs.replace(response, kinds=rule.do)
    if rule.strike is not None:
        response = msgspec.structs.replace(response, strike=rule.strike)
    if rule.when.reported is not None:
        # Whatever the rule says: on what members report a person is asked, and nobody punished.
        kinds = tuple(kind for kind in response.kinds if kind not in ("delete", "mute"))
        response = msgspec.structs.replace(response, kinds=kinds, strike=0)
    if rule.propose is not None:
        proposal = "" if rule.propose == "nothing" else rule.propose
        response = msgspec.structs.replace(response, proposal=proposal)
    return response


def _is_chain(bound: Bound) -> bool:
    count = bound.rule.when.count
    return count is not None and count.by == "notice"


def _cues_in(names: frozenset[str], texts: Sequence[str]) -> list[tuple[str, ...]]:
    """The ways of speaking in texts, of those named."""
    found = Cues.of(names).find(Row.of([*map(legible, texts)]), {})
    return [
        tuple(dict.fromkeys(place.label for place in found.get(number, ())))
        for number in range(len(texts))
    ]


def _is_switched_off(bound: Bound) -> bool:
    """Whether the settings leave nothing of a rule about labels."""
    when = bound.rule.when
    return (when.labels is not None or when.suspected is not None) and not bound.labels


def _is_read(bounds: Iterable[Bound]) -> bool:
    """Whether any rule needs to know what texts say."""
    return any(
        bound.labels
        or bound.rule.when.cues
        or bound.rule.where.labels
        or bound.rule.where.not_labels
        or bound.rule.where.cues
        or bound.rule.where.not_cues
        for bound in bounds
    )


def _with_subject(bounds: Iterable[Bound], subject: str) -> list[tuple[Bound, Any]]:
    return [(bound, getattr(bound.rule.when, subject)) for bound in bounds]


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


def _places(
    text: str, attachments: Sequence[Attachment], matches: Sequence[Match]
) -> tuple[tuple[str, str], ...]:
    """Where labels were found, as `Said.places` has it."""
    places: dict[tuple[str, str], None] = {}
    for match in matches:
        if match.start < len(text):
            place = "text" if any(map(str.isalnum, match.text)) else "emoji"
            places[match.label, place] = None
            continue
        for attachment in attachments:
            titles = f"{attachment.title or ''}\n{attachment.name or ''}"
            if match.text in titles:
                places[match.label, attachment.type] = None
    return tuple(places)


def _reader(pack: Pack) -> Reader:
    settings = pack.settings
    return WordReader.default().with_settings(
        allowed_hosts=settings.allowed_hosts,
        public_numbers=settings.public_numbers,
        own_words=read_own_words(settings.words) if settings.words else None,
    )
