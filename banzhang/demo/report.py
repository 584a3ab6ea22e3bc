"""What the demo shows at its end: counts, what was right, what was dropped, nothing lost."""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from typing import Any, Final, NamedTuple

import msgspec
from rich.console import Console, RenderableType
from rich.table import Table

from adapters.terminal import WORDS
from banzhang.demo.play import Played, Strike
from banzhang.demo.recorded import Verdict, kinds_of
from schemas.action import Action
from schemas.policy import Pack, Rule

Incident = tuple[str, str, str]
"""Something wrong: the group, the label, and the message, or the member where it is about time."""

TIMED: Final = frozenset({"flood_repeat", "flood_rate", "quiet_hours"})
"""Labels of several messages of a member: a flood is one incident, not each message of it."""

STATUSES: Final = ("done", "expired", "failed", "unsupported")


class Score(NamedTuple):
    """One label: found rightly, found wrongly, not found."""

    label: str
    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float | None:
        """Of what was found, the part that was right; None where nothing was found."""
        found = self.right + self.wrong
        return self.right / found if found else None

    @property
    def recall(self) -> float | None:
        """Of what was there, the part that was found; None where nothing was there."""
        there = self.right + self.missed
        return self.right / there if there else None


class Report(NamedTuple):
    """Everything that the demo says at its end."""

    sent: int
    events: dict[str, int]
    kinds: dict[str, dict[str, int]]
    rules: dict[str, int]
    scores: list[Score]
    twice: int
    duplicates: int
    restarts: int
    strike: Strike
    verdict: Verdict
    seconds: float


def incident_of(group_id: str, label: str, message: str, member_id: str) -> Incident:
    """The incident that a label of a message stands for."""
    return group_id, label, member_id if label in TIMED else message


def report_of(
    played: Played, verdict: Verdict, truth: Set[Incident], pack: Pack, *, sent: int, seconds: float
) -> Report:
    """Count everything; of what is wrong, only what the pack has rules for."""
    recorded = played.recorded
    actions = list({action.id: action for action in recorded.actions}.values())
    events = kinds_of(line for _, _, line in recorded.events)
    statuses = _last_statuses(played)
    twice = events.pop("twice", 0)
    return Report(
        sent=sent,
        events=dict(events.most_common()),
        kinds=_by_kind(actions, statuses),
        rules=dict(Counter(action.rule for action in actions).most_common()),
        scores=scores_of(_found(actions, pack), truth, _judged(pack)),
        twice=twice,
        duplicates=sum(outcome.status == "duplicate" for outcome in recorded.outcomes),
        restarts=played.restarts,
        strike=played.strike,
        verdict=verdict,
        seconds=seconds,
    )


def _last_statuses(played: Played) -> dict[str, str]:
    """How each action ended; a duplicate says nothing new."""
    return {
        outcome.action_id: outcome.status
        for outcome in played.recorded.outcomes
        if outcome.status != "duplicate"
    }


def _by_kind(actions: Iterable[Action], statuses: Mapping[str, str]) -> dict[str, dict[str, int]]:
    table: dict[str, Counter[str]] = {}
    for action in actions:
        row = table.setdefault(action.kind, Counter())
        row["decided"] += 1
        row[statuses.get(action.id, "late" if action.mode == "late" else "open")] += 1
    ordered = sorted(table.items(), key=lambda item: -item[1]["decided"])
    return {kind: dict(row) for kind, row in ordered}


def _judged(pack: Pack) -> frozenset[str]:
    """The labels that the pack has rules for."""
    texts = {label for rule in pack.rules for label in rule.when.labels or ()}
    return frozenset(texts | {timed for rule in pack.rules if (timed := _timed(rule))})


def _timed(rule: Rule) -> str | None:
    """The simulator's word for what a rule about time finds."""
    when = rule.when
    for condition, label in (
        (when.rate, "flood_rate"),
        (when.repeat, "flood_repeat"),
        (when.quiet_hours, "quiet_hours"),
    ):
        if condition is not None:
            return label
    return None


def _found(actions: Iterable[Action], pack: Pack) -> set[Incident]:
    """What the actions say was wrong."""
    timed = {rule.id: _timed(rule) for rule in pack.rules}
    return {
        incident_of(
            action.group_id,
            (timed.get(action.rule) or label) if label == "flood" else label,
            action.evidence[-1],
            action.member_id or "",
        )
        for action in actions
        for label in action.labels
        if action.evidence
    }


def scores_of(found: Set[Incident], truth: Set[Incident], judged_labels: Set[str]) -> list[Score]:
    """Findings against the truth, a label at a time."""
    there = {incident for incident in truth if incident[1] in judged_labels}
    scores = []
    for label in sorted({label for _, label, _ in found | there}):
        mine = {incident for incident in found if incident[1] == label}
        true = {incident for incident in there if incident[1] == label}
        scores.append(Score(label, len(mine & true), len(mine - true), len(true - mine)))
    return scores


def as_json(report: Report) -> bytes:
    """The report for a script."""
    said: dict[str, Any] = report._asdict()
    said["scores"] = [
        {**score._asdict(), "precision": score.precision, "recall": score.recall}
        for score in report.scores
    ]
    said["strike"] = {**report.strike._asdict(), "in_the_middle": report.strike.in_the_middle}
    said["verdict"] = {**report.verdict._asdict(), "nothing_lost": report.verdict.right}
    return msgspec.json.encode(said)


def show(report: Report, console: Console) -> None:
    """The report for people."""
    for table in (_kinds(report), _rules(report), _scores(report), _proof(report)):
        console.print()
        console.print(table)


def _kinds(report: Report) -> RenderableType:
    table = Table(title="actions by kind", title_justify="left")
    table.add_column("kind")
    for title in ("decided", *STATUSES):
        table.add_column(title, justify="right")
    for kind, row in report.kinds.items():
        words = f"{kind} {WORDS.get(kind, '')}"  # type: ignore[call-overload]
        table.add_row(words, *(str(row.get(name, 0) or "") for name in ("decided", *STATUSES)))
    whole = [
        sum(row.get(name, 0) for row in report.kinds.values()) for name in ("decided", *STATUSES)
    ]
    table.add_row("all", *map(str, whole), style="bold")
    return table


def _rules(report: Report) -> RenderableType:
    table = Table(title="actions by rule", title_justify="left")
    table.add_column("rule")
    table.add_column("actions", justify="right")
    for rule, count in report.rules.items():
        table.add_row(rule, str(count))
    return table


def _scores(report: Report) -> RenderableType:
    # Said beside the figures, because they are better than what strangers' texts would give.
    origin = "texts out of the sets that the word lists were made with"
    title = "what the simulator knows was right"
    table = Table(title=title, caption=origin, title_justify="left", caption_justify="left")
    table.add_column("finding")
    for title in ("right", "wrong", "missed", "precision", "recall"):
        table.add_column(title, justify="right")
    for score in report.scores:
        counts = map(str, (score.right, score.wrong, score.missed))
        table.add_row(score.label, *counts, _part(score.precision), _part(score.recall))
    whole = Score(
        "all",
        sum(score.right for score in report.scores),
        sum(score.wrong for score in report.scores),
        sum(score.missed for score in report.scores),
    )
    counts = map(str, (whole.right, whole.wrong, whole.missed))
    table.add_row("all", *counts, _part(whole.precision), _part(whole.recall), style="bold")
    return table


def _part(part: float | None) -> str:
    return "" if part is None else f"{part:.0%}"


def _proof(report: Report) -> RenderableType:
    strike, verdict = report.strike, report.verdict
    table = Table(title="nothing lost", title_justify="left", show_header=False)
    table.add_column()
    table.add_column()
    others = ", ".join(f"{n} {kind}" for kind, n in report.events.items() if kind != "message")
    table.add_row("records sent, all acknowledged", str(report.sent))
    table.add_row("messages on the log", f"{report.events['message']} (and {others})")
    table.add_row(
        "killed",
        f"{strike.worker} by SIGKILL, with {strike.committed} of {strike.logged} records judged",
    )
    table.add_row("workers started again", str(report.restarts))
    table.add_row("events that came twice, judged once", str(report.twice))
    table.add_row("actions that came twice, dropped by the adapter", str(report.duplicates))
    table.add_row("the oracle over the recorded log", f"{verdict.expected} actions")
    table.add_row("the topic", f"{verdict.found} records, {verdict.repeated} of them repeats")
    table.add_row(
        "missing / extra / wrong", f"{verdict.missing} / {verdict.extra} / {verdict.wrong}"
    )
    words = "[green]nothing lost[/]" if verdict.right else "[red]the log and the topic differ[/]"
    table.add_row("verdict", words)
    table.add_row("time", f"{report.seconds:.0f} s")
    return table
