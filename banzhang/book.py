"""The covenants' book: each clause, what keeps it, which scenarios show it.

`python -m banzhang.book` writes docs/covenants.md out of policies/*.yaml and tests/covenants/*.yaml,
`--check` says whether it is current. `book` itself is pure; only `main` and the two readers touch
files.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from banzhang.packs import read_packs
from schemas.policy import Clause, Count, Hours, Pack, Rule, Where
from streams.policy.notation import clock_words, period_words
from streams.policy.subjects import SUBJECTS
from streams.rules.handling import RESPONSES

ROOT: Final = Path(__file__).parents[1]
BOOK: Final = ROOT / "docs" / "covenants.md"
KINDS: Final = ("automatic", "assisted", "human", "informative")

Shown = Mapping[tuple[str, str], Sequence[str]]
"""The ids of the scenarios that try a clause, by covenant and clause."""

_HEAD: Final = """\
# The covenants, clause by clause

Made by `make book` out of [the packs](../policies) and [the scenarios](../tests/covenants); what the
words of a rule mean: [policies.md](policies.md).

**automatic**: the system decides and acts by itself. **assisted**: it finds and prepares, a person
decides, or the finding is soft. **human**: a person does it; the system offers a command, a route or
a page. **informative**: nothing to do; it is shown, or keeps from false findings.

Where no rule stands, a key of the pack or a part of the system keeps the clause: `ladder`, `severe`
(serious content goes past the ladder), `authority` and `commands` (who may order what), `staff`,
`names`, `welcome`, `posting` (when the system may post), `reader` (what is no finding at all),
`version` (rules have versions and a start), `quorum` (several must agree), `review_to` (who decides).
"""

_KEPT_BY: Final[Mapping[str, str]] = {"version": "versions of the pack", "reader": "the reader"}


def packs_in(folder: Path) -> list[Pack]:
    """The packs of covenants, those with clauses, by their files' names. Raises `Failure` for faults."""
    paths = map(str, sorted(folder.glob("*.yaml")))
    return [one.pack for one in read_packs(paths, {}) if one.pack.clauses]


def scenarios_in(folder: Path) -> dict[tuple[str, str], list[str]]:
    """The ids of all scenarios, by what they try."""
    shown: dict[tuple[str, str], list[str]] = {}
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path in sorted(folder.glob("*.yaml")):
        content = yaml.load(path.read_text(encoding="utf-8"), loader)  # noqa: S506
        for scenario in content["scenarios"]:
            for clause in (scenario["clause"], *(scenario.get("also") or ())):
                shown.setdefault((scenario["covenant"], clause), []).append(scenario["id"])
    return shown


def book(packs: Iterable[Pack], shown: Shown) -> str:
    """The whole file."""
    packs = list(packs)
    parts = [_HEAD, _overview(packs, shown), *(_chapter(pack, shown) for pack in packs)]
    return "\n".join(parts)


def _overview(packs: Sequence[Pack], shown: Shown) -> str:
    lines = [f"| covenant | clauses | {' | '.join(KINDS)} | rules | scenarios |"]
    lines.append("|---" * (len(KINDS) + 4) + "|")
    whole: Counter[str] = Counter()
    for pack in packs:
        row = _figures(pack, shown)
        whole.update(row)
        lines.append(f"| [{pack.title}](#{pack.id}) | {' | '.join(map(str, row.values()))} |")
    lines.append(f"| all | {' | '.join(map(str, whole.values()))} |")
    return "\n".join(lines) + "\n"


def _figures(pack: Pack, shown: Shown) -> dict[str, int]:
    kinds = Counter(clause.kind for clause in pack.clauses)
    tried = {one for (covenant, _), ids in shown.items() if covenant == pack.id for one in ids}
    return {
        "clauses": len(pack.clauses),
        **{kind: kinds[kind] for kind in KINDS},
        "rules": sum(rule.state == "live" for rule in pack.rules),
        "scenarios": len(tried),
    }


def _chapter(pack: Pack, shown: Shown) -> str:
    lines = [
        f'<a id="{pack.id}"></a>',
        "",
        f"## {pack.title}",
        "",
        f"[{pack.id}.yaml](../policies/{pack.id}.yaml): {_of_pack(pack)}",
        "",
        "| clause | | kept by | shown by |",
        "|---|---|---|---|",
    ]
    lines += [_row(pack, clause, shown.get((pack.id, clause.id), ())) for clause in pack.clauses]
    unnamed = [rule for rule in pack.rules if rule.clause is None]
    if unnamed:
        lines += ["", "Beside the clauses:", "", *(f"- {_said(rule)}" for rule in unnamed)]
    return "\n".join(lines) + "\n"


def _of_pack(pack: Pack) -> str:
    parts = [f"ladder `{pack.ladder}`", "mutes" if pack.mutes else "never mutes"]
    parts.append(f"decides: `{pack.review_to}`")
    parts.append(f"may order: {_list(pack.authority)}")
    parts.append(f"staff: {_list(pack.staff)}")
    return "; ".join(parts) + "."


def _row(pack: Pack, clause: Clause, scenarios: Sequence[str]) -> str:
    cells = (
        f"**{clause.id}** {clause.text}",
        clause.kind,
        "<br>".join(_keeps(pack, clause)),
        ", ".join(scenarios) or "–",
    )
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _keeps(pack: Pack, clause: Clause) -> Iterator[str]:
    """What keeps a clause: rules first, then keys of the pack, then what helps a person."""
    for rule in pack.rules:
        if clause.id in (rule.clause, *rule.also_clauses):
            yield _said(rule)
    if clause.kept_by:
        yield f"by {', '.join(_KEPT_BY.get(key, f'`{key}`') for key in clause.kept_by)}"
    if clause.help:
        yield clause.help


def _said(rule: Rule) -> str:
    """A rule in one line: its name, when it holds, what follows."""
    state = "" if rule.state == "live" else f" ({rule.state})"
    return f"`{rule.id}`{state}: {'; '.join(_conditions(rule))} → {', '.join(_follows(rule))}"


def _conditions(rule: Rule) -> Iterator[str]:
    subject = next(name for name in SUBJECTS if getattr(rule.when, name) is not None)
    yield _SUBJECT_WORDS[subject](getattr(rule.when, subject))
    if rule.when.also:
        yield f"and {_any(rule.when.also)}"
    if rule.by:
        yield f"of {_any(rule.by)}"
    if rule.platform:
        yield f"on {_any(rule.platform)}"
    if rule.hours is not None:
        yield _hours(rule.hours)
    yield from _where(rule.where)


def _where(where: Where) -> Iterator[str]:
    for name in where.__struct_fields__:
        words = getattr(where, name)
        if words:
            yield f"{_WHERE_WORDS[name]} {_any(words)}"


def _follows(rule: Rule) -> Iterator[str]:
    """The actions before the ladder, as the class and the rule have them, then who is told."""
    if rule.handling == "spare":
        yield f"no finding of {_any(rule.spare)}"
        return
    response = RESPONSES[rule.handling]
    kinds = response.kinds if rule.do is None else rule.do
    if rule.when.repeat is not None and rule.do is None:
        kinds = ("delete", *kinds)
    for kind in kinds:
        yield _action(rule, kind, response.proposal)
    for role in rule.escalate:
        yield f"escalate to {role}"
    for beside in rule.beside:
        weighs = f", strike {beside.strike:g}" if beside.strike else ""
        yield f"{' and '.join(beside.do)} for {beside.about.replace('_', ' ')}{weighs}"
    strike = response.strike if rule.strike is None else rule.strike
    if strike:
        yield f"strike {strike:g}"
    if rule.once:
        yield f"once a {rule.once}"
    if rule.hold:
        yield "nobody of the dispute is muted until it is decided"


def _action(rule: Rule, kind: str, proposal: str) -> str:
    if kind == "review":
        to = f" to {rule.to}" if rule.to else ""
        proposal = rule.propose or proposal
        asks = f", proposing {proposal}" if proposal not in ("", "nothing", "look") else ""
        return f"review{to}{asks}"
    if kind == "report" and rule.to:
        return f"report to {rule.to}"
    return kind


def _any(words: Sequence[str]) -> str:
    return " or ".join(word.replace("_", " ") for word in words)


def _list(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _hours(hours: Hours) -> str:
    days = f" on {_any(hours.days)}" if hours.days else ""
    return f"{clock_words(hours.start)} to {clock_words(hours.end)}{days}"


def _count(count: Count) -> str:
    within = f" within {period_words(count.within_ms)}" if count.within_ms is not None else ""
    by = "under one notice" if count.by == "notice" else f"by {count.by}"
    return f"{count.at_least} {count.of}{within}, {by}"


_SUBJECT_WORDS: Final[Mapping[str, Callable[[Any], str]]] = {
    "labels": lambda labels: f"{_any(labels)} found",
    "suspected": lambda labels: f"{_any(labels)} suspected",
    "cues": lambda cues: f"said as {_any(cues)}",
    "attachments": lambda types: f"carries {_any(types)}",
    "mentions": lambda words: f"mentions {_any(words)}",
    "message": lambda _: "any message",
    "count": _count,
    "rate": lambda rate: f"{rate.messages} messages within {period_words(rate.within_ms)}",
    "repeat": lambda repeat: (
        f"{repeat.times} equal {repeat.of} in a row within {period_words(repeat.within_ms)}"
    ),
    "quiet_hours": lambda quiet: f"written {_hours(quiet)}",
    "joins": lambda who: f"one who comes in: {who.replace('_', ' ')}",
    "present": lambda who: f"one who is there: {who.replace('_', ' ')}",
    "added": lambda roles: f"a roster names a new {_any(roles)}",
    "name": lambda _: "the name breaks `names`",
    "misnamed_ms": lambda ms: f"still so after {period_words(ms)}",
    "reported": lambda reported: f"reported by {reported.reporters}",
    "absent_ms": lambda ms: f"no event of a member for {period_words(ms)}",
    "unanswered": lambda one: f"a notice without answers after {period_words(one.within_ms)}",
    "unreplied": lambda one: (
        f"no word on a {one.asks} of {_any(one.asked_by)} within {period_words(one.within_ms)}"
    ),
    "silence": lambda one: f"no message of {one.of} for {period_words(one.for_ms)}",
    "open_review": lambda one: (
        f"a review to {one.to.replace('_', ' ')} open for {period_words(one.for_ms)}"
    ),
    "weekly": lambda one: f"each {one.day} at {clock_words(one.at)}",
    "command": lambda _: "a command that its sender may not give",
    "policy": lambda _: "another pack judges from here",
    "group": lambda _: "the group is not approved",
}
_WHERE_WORDS: Final[Mapping[str, str]] = {
    "labels": "with",
    "not_labels": "without",
    "cues": "said as",
    "not_cues": "not said as",
    "attachments": "carrying",
    "found_in": "found in",
    "mentions": "mentioning",
    "reply_to": "replying to",
    "not_reply_to": "not replying to",
    "other_side": "against",
    "inviter": "let in by",
    "commands": "of",
}


def main(arguments: list[str] | None = None) -> int:
    """Write the book, or with `--check` only compare. Exit code 1 where it differs."""
    parser = argparse.ArgumentParser(prog="python -m banzhang.book", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 on differences")
    check = parser.parse_args(arguments).check
    text = book(packs_in(ROOT / "policies"), scenarios_in(ROOT / "tests" / "covenants"))
    if not check:
        BOOK.write_text(text, encoding="utf-8")
        return 0
    if not BOOK.is_file() or BOOK.read_text(encoding="utf-8") != text:
        print("docs/covenants.md is not current: run `make book`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
