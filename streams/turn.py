"""One record's turn: the group and member it concerns, and the actions that it brings."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from schemas.action import Action, ActionKind, Mode
from streams.identity import action_id
from streams.ladder import in_force, weight_of
from streams.people import People
from streams.policy.bound import Bound
from streams.policy.compile import Policy
from streams.state import Group, Member, Strike

HALF_HOUR_MS: Final = 1_800_000
DAY_MS: Final = 86_400_000
EXPIRES_MS: Final[Mapping[ActionKind, int]] = {
    "remind": HALF_HOUR_MS,
    "notice": HALF_HOUR_MS,
    "welcome": HALF_HOUR_MS,
    "rename_request": HALF_HOUR_MS,
    "delete": DAY_MS,
    "remove": DAY_MS,
    "report": DAY_MS,
    "purge": 7 * DAY_MS,
}
"""How long after its decision a kind may still be performed. A mute's end is its duration's;
kinds that stand nowhere here never expire."""


class Cause(Struct, frozen=True, kw_only=True):
    """What an action rests on: its rule and clause, the findings' words, labels and events; `due`:
    the deadline's own time, where one event may have several.
    """

    rule: str
    clause: str | None
    because: str
    evidence: tuple[str, ...]
    labels: tuple[str, ...] = ()
    due: int | None = None


class Turn:
    """One record's turn. `at` is the time of its decisions (ms): the record's own.

    `member_id` is None, and `member` nobody's, where it is the group that is concerned. `people`
    finds, and marks as changed, any other member.
    """

    __slots__ = (
        "_ids",
        "_weight",
        "at",
        "group",
        "late",
        "member",
        "member_id",
        "out",
        "people",
        "policy",
    )

    def __init__(
        self,
        group: Group,
        policy: Policy,
        member_id: str | None,
        member: Member,
        at: int,
        out: list[Action],
        people: People,
        *,
        late: bool = False,
    ) -> None:
        self.group = group
        self.policy = policy
        self.member_id = member_id
        self.member = member
        self.at = at
        self.out = out
        self.people = people
        self.late = late
        self._weight: int | float | None = None
        self._ids: dict[tuple[str, str, str, str, int], str] = {}

    def about(self, member_id: str) -> "Turn":
        """The same turn, about another member, who is marked as changed."""
        member = self.people.member(self.group, member_id)
        return self._of(member_id, member)

    def to(self, member_id: str) -> "Turn":
        """The same turn, about another member to whom something is said and of whom nothing changes.

        Who is known stays unmarked: a deadline may speak to thousands, and to write them all again
        for it would fill the group's record batch.
        """
        return self._of(member_id, self.group.peek(member_id))

    def about_group(self) -> "Turn":
        """The same turn, about the group itself."""
        return self._of(None, Member())

    def _of(self, member_id: str | None, member: Member) -> "Turn":
        return Turn(
            self.group,
            self.policy,
            member_id,
            member,
            self.at,
            self.out,
            self.people,
            late=self.late,
        )

    @property
    def is_staff(self) -> bool:
        """Whether the member is of the pack's staff, whom the system punishes for nothing."""
        return self.member.role in self.policy.staff

    def strikes(self) -> int | float:
        """The weight of the member's strikes in force."""
        if self._weight is None:
            self._weight = weight_of(self.in_force())
        return self._weight

    def in_force(self) -> tuple[Strike, ...]:
        """The member's strikes that have not lapsed."""
        return in_force(self.member, self.at, self.policy.pack.lapse_ms)

    def recount(self) -> None:
        """Count the strikes anew: one was given or taken back."""
        self._weight = None

    def act(
        self,
        kind: ActionKind,
        cause: Cause,
        mode: Mode,
        params: dict[str, Any],
        *,
        explain: str,
        ordinal: int = 0,
    ) -> Action:
        """Make an action and put it out. Its id follows from its cause alone."""
        action = self.action(kind, cause, mode, params, explain=explain, ordinal=ordinal)
        self.out.append(action)
        return action

    def action(
        self,
        kind: ActionKind,
        cause: Cause,
        mode: Mode,
        params: dict[str, Any],
        *,
        explain: str,
        ordinal: int = 0,
    ) -> Action:
        """Make an action without putting it out."""
        return Action(
            id=self.id_of(kind, cause, ordinal),
            kind=kind,
            platform=self.group.platform,
            group_id=self.group.group_id,
            member_id=self.member_id,
            evidence=cause.evidence,
            rule=cause.rule,
            clause=cause.clause,
            labels=cause.labels,
            explain=explain,
            strikes=self.strikes(),
            params=params,
            policy=self.policy.ref,
            mode=mode,
            decided_at=self.at,
            expires_at=expiry(kind, self.at, params),
        )

    def id_of(self, kind: ActionKind, cause: Cause, ordinal: int = 0) -> str:
        """The id that an action of this kind and cause has."""
        rule, evidence = cause.rule, cause.evidence
        # What rests on no event rests on its deadline's own time.
        first, last = (evidence[0], evidence[-1]) if evidence else (str(self.at), "")
        if cause.due is not None:
            last = str(cause.due)
        found = self._ids.get((kind, rule, first, last, ordinal))
        if found is None:
            version, group = self.policy.ref.version, self.group
            found = self._ids[kind, rule, first, last, ordinal] = action_id(
                group.platform,
                group.group_id,
                self.member_id or "",
                kind,
                rule,
                version,
                first,
                last,
                ordinal,
            )
        return found


def expiry(kind: ActionKind, at: int, params: Mapping[str, Any]) -> int | None:
    """Until when (ms) an action decided at `at` may be performed; None: for ever."""
    if kind in ("mute", "mute_all"):
        return at + int(params["duration_s"]) * 1000
    span = EXPIRES_MS.get(kind)
    return None if span is None else at + span


def cause_of(
    bound: Bound, because: str, evidence: tuple[str, ...], labels: tuple[str, ...]
) -> Cause:
    """The cause of an action that a rule brings."""
    return Cause(
        rule=bound.rule.id,
        clause=bound.clause,
        because=because,
        evidence=evidence,
        labels=labels,
    )
