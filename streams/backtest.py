"""Two packs over one log: to whom a new one would do what the old one did not, and the reverse.

Each side judges every record by its own pack, from empty states: what the log's own `policy`
commands order is not asked. An action is new if the old pack brings none of the same consequence
for the same member on the same evidence, whatever rule brings it; it is gone if the new pack
brings none. All of it is a sum over groups, so that shards of a log can be compared apart.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

import msgspec
from msgspec import Struct

from schemas.action import Action, ActionKind, Mode
from streams.pipeline import BadLine, Pipeline, Placed, placed
from streams.policy.compile import Policy

BAD_MAX: Final = 100
"""So many of the bad lines are kept, the first ones; the others are counted."""
ACTIVE_MAX: Final = 65_536
"""Members that each side keeps decoded: a district's in turn, where a worker has a few schools'."""

What = Literal["new", "gone"]


class Total(Struct, frozen=True, kw_only=True):
    """How many actions of a rule and consequence each side brought."""

    mode: Mode
    rule: str
    consequence: str
    before: int
    after: int


class Change(Struct, frozen=True, kw_only=True):
    """What is new for a member, or gone, by one rule: how many actions, and the evidence of the
    first, with its time (ms; the mean of them, where the same was decided more than once).
    `member_id` is empty where the group as a whole is concerned.
    """

    what: What
    mode: Mode
    rule: str
    consequence: str
    platform: str
    group_id: str
    member_id: str
    actions: int
    at: int
    evidence: tuple[str, ...]


class Comparison(Struct, frozen=True, kw_only=True):
    """What comparing brought, all in an order that does not depend on how the log was split.

    `bad` are the first lines that are no events; `bad_own` counts all of these that each shard has
    for itself, `bad_common` those about all groups, which every shard was given.
    """

    totals: tuple[Total, ...]
    changes: tuple[Change, ...]
    bad: tuple[BadLine, ...]
    bad_own: int
    bad_common: int


class Extent(Struct, frozen=True, kw_only=True):
    """How far a change reaches. A person in two groups is two members."""

    actions: int = 0
    members: int = 0
    groups: int = 0


class Row(Struct, frozen=True, kw_only=True):
    """One rule and consequence: all actions of both sides, what is new and what is gone."""

    mode: Mode
    rule: str
    consequence: str
    before: int
    after: int
    new: Extent
    gone: Extent


_Cell = tuple[Mode, str, str]
"""Mode, rule and consequence: what a row is about."""
_Deed = tuple[Mode, str, str, str, str, tuple[str, ...]]
"""What makes an action the same on both sides: mode, consequence, platform, group, member and
evidence."""


class _Balance:
    """Of the actions of one deed and rule: how many more the new side brought than the old one, and
    the sum of their times (ms), less that of the old one's.

    Sums, because they come out the same in whatever turns the two sides are weighed.
    """

    __slots__ = ("moments", "surplus")

    def __init__(self) -> None:
        self.moments = 0
        self.surplus = 0


class Shard:
    """Some groups of a log, judged by both packs.

    Memory grows with the groups' states and with the actions that differ. `old` is None where
    nothing is compared with: then all is new. `partitions`: as `Pipeline` has it.
    """

    def __init__(self, new: Policy, old: Policy | None, partitions: Mapping[int, int]) -> None:
        self._new = _pipeline(new, partitions)
        self._old = None if old is None else _pipeline(old, partitions)
        self._before: Counter[_Cell] = Counter()
        self._after: Counter[_Cell] = Counter()
        self._open: dict[_Deed, dict[str, _Balance]] = {}
        self._bad: list[BadLine] = []
        self._bad_own = self._bad_common = 0

    def judge(self, numbers: Sequence[int], lines: Sequence[bytes]) -> None:
        """Judge the next lines with both packs. `numbers` are the lines' own, and rise; a line has
        no blanks around it and is not empty.
        """
        records = [
            _begun(placed(number, line)) for number, line in zip(numbers, lines, strict=True)
        ]
        actions, bad = self._new.judge_all(records)
        self._bad += bad[: BAD_MAX - len(self._bad)]
        common = {line.record.offset for line in records if line.where.concerns_all}
        self._bad_common += sum(line.number in common for line in bad)
        self._bad_own += sum(line.number not in common for line in bad)
        self._weigh(actions, self._after, 1)
        if self._old is not None:
            actions, _ = self._old.judge_all(records)
            self._weigh(actions, self._before, -1)

    def compared(self) -> Comparison:
        """What is different between the sides after all that was judged."""
        return Comparison(
            totals=_totals(self._before, self._after),
            changes=_in_order(_changes(self._open)),
            bad=tuple(self._bad),
            bad_own=self._bad_own,
            bad_common=self._bad_common,
        )

    def _weigh(self, actions: Iterable[Action], totals: Counter[_Cell], weight: int) -> None:
        """Take one side's actions in. What both sides bring by one rule is forgotten at once."""
        opened = self._open
        for action in actions:
            consequence = consequence_of(action)
            totals[action.mode, action.rule, consequence] += 1
            deed = _deed(action, consequence)
            rules = opened.setdefault(deed, {})
            balance = rules.setdefault(action.rule, _Balance())
            balance.surplus += weight
            balance.moments += weight * action.decided_at
            if balance.surplus == balance.moments == 0:
                del rules[action.rule]
                if not rules:
                    del opened[deed]


def consequence_of(action: Action) -> str:
    """The action's kind; of a review with what it proposes: `review:remove`."""
    proposal = action.params.get("proposal") if action.kind == "review" else None
    return f"{action.kind}:{proposal}" if isinstance(proposal, str) and proposal else action.kind


def kind_of(consequence: str) -> ActionKind:
    """The kind of action that a consequence is of."""
    kind: ActionKind = consequence.partition(":")[0]  # type: ignore[assignment]
    return kind


def merged(shards: Iterable[Comparison]) -> Comparison:
    """The comparison of a log out of those of its shards, which have no group in common."""
    shards = list(shards)
    before: Counter[_Cell] = Counter()
    after: Counter[_Cell] = Counter()
    for total in (total for shard in shards for total in shard.totals):
        cell = (total.mode, total.rule, total.consequence)
        before[cell] += total.before
        after[cell] += total.after
    # A line about all groups is in every shard, and wrong in each.
    bad = {line.number: line for shard in shards for line in shard.bad}
    return Comparison(
        totals=_totals(before, after),
        changes=_in_order(change for shard in shards for change in shard.changes),
        bad=tuple(bad[number] for number in sorted(bad)[:BAD_MAX]),
        bad_own=sum(shard.bad_own for shard in shards),
        bad_common=max((shard.bad_common for shard in shards), default=0),
    )


def rows_of(comparison: Comparison) -> list[Row]:
    """The comparison by rule, in the order of its totals."""
    changed: dict[tuple[What, _Cell], list[Change]] = {}
    for change in comparison.changes:
        cell = (change.mode, change.rule, change.consequence)
        changed.setdefault((change.what, cell), []).append(change)
    return [
        Row(
            mode=total.mode,
            rule=total.rule,
            consequence=total.consequence,
            before=total.before,
            after=total.after,
            new=_extent(changed.get(("new", (total.mode, total.rule, total.consequence)), ())),
            gone=_extent(changed.get(("gone", (total.mode, total.rule, total.consequence)), ())),
        )
        for total in comparison.totals
    ]


def _begun(line: Placed) -> Placed:
    """The line as one of a log whose beginning is missing: what stands before the first policy that
    a whole log orders is judged too, and it does not matter which shard has a partition's first line.
    """
    if line.where.offset != 0:
        return line
    return line._replace(where=msgspec.structs.replace(line.where, offset=None))


def _pipeline(policy: Policy, partitions: Mapping[int, int]) -> Pipeline:
    packs = _Sole(policy)
    return Pipeline(packs, policy.ref.version, partitions=partitions, active_max=ACTIVE_MAX)


class _Sole(Mapping[str, Policy | None]):
    """Packs by hash, of which each is the same one: whatever a log orders, this judges it."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def __getitem__(self, version: str) -> Policy:
        return self._policy

    def __iter__(self) -> Iterator[str]:
        return iter((self._policy.ref.version,))

    def __len__(self) -> int:
        return 1


def _deed(action: Action, consequence: str) -> _Deed:
    member = action.member_id or ""
    return action.mode, consequence, action.platform, action.group_id, member, action.evidence


def _changes(opened: Mapping[_Deed, Mapping[str, _Balance]]) -> list[Change]:
    """What did not come out even, a member and rule at a time."""
    folded: dict[tuple[str, ...], Change] = {}
    for deed, rules in opened.items():
        mode, consequence, platform, group_id, member_id, evidence = deed
        for rule, actions in _uneven(rules).items():
            what: What = "new" if actions > 0 else "gone"
            change = Change(
                what=what,
                mode=mode,
                rule=rule,
                consequence=consequence,
                platform=platform,
                group_id=group_id,
                member_id=member_id,
                actions=abs(actions),
                at=rules[rule].moments // rules[rule].surplus,
                evidence=evidence,
            )
            name = (what, mode, rule, consequence, platform, group_id, member_id)
            known = folded.get(name)
            folded[name] = change if known is None else _together(known, change)
    return list(folded.values())


def _uneven(rules: Mapping[str, _Balance]) -> dict[str, int]:
    """What is left of one deed's surpluses by rule when what one rule brought more on one side is
    set off against what another brought more on the other: the member feels no difference.

    Rules are set off in the order of their names, for all that was judged is there by now, and the
    answer must not depend on how it came.
    """
    surplus = {rule: rules[rule].surplus for rule in sorted(rules)}
    even = min(
        sum(count for count in surplus.values() if count > 0),
        sum(-count for count in surplus.values() if count < 0),
    )
    left = {1: even, -1: even}
    for rule, count in surplus.items():
        sign = 1 if count > 0 else -1
        taken = min(left[sign], abs(count))
        left[sign] -= taken
        surplus[rule] = count - sign * taken
    return {rule: count for rule, count in surplus.items() if count}


def _together(one: Change, other: Change) -> Change:
    """Two changes of one member and rule; the evidence is the earlier one's."""
    first = min(one, other, key=lambda change: (change.at, change.evidence))
    return msgspec.structs.replace(first, actions=one.actions + other.actions)


def _extent(changes: Sequence[Change]) -> Extent:
    return Extent(
        actions=sum(change.actions for change in changes),
        members=len({(c.platform, c.group_id, c.member_id) for c in changes}),
        groups=len({(c.platform, c.group_id) for c in changes}),
    )


_MODES: Final[Sequence[Mode]] = ("live", "late", "shadow")


def _totals(before: Counter[_Cell], after: Counter[_Cell]) -> tuple[Total, ...]:
    """Both sides' totals: what is live first, then by rule and consequence."""
    cells = sorted(before.keys() | after.keys(), key=lambda cell: (_MODES.index(cell[0]), cell))
    return tuple(
        Total(
            mode=cell[0], rule=cell[1], consequence=cell[2], before=before[cell], after=after[cell]
        )
        for cell in cells
    )


def _in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=_place_of_change))


def _place_of_change(change: Change) -> tuple[int, str, str, bool, int, str, str, str]:
    """By rule and consequence, then what is new before what is gone, then in order of time."""
    return (
        _MODES.index(change.mode),
        change.rule,
        change.consequence,
        change.what == "gone",
        change.at,
        change.platform,
        change.group_id,
        change.member_id,
    )
