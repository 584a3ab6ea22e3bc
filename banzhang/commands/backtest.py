"""Judge a log with two packs and say who would newly be reminded, muted or proposed for removal.

The new pack (--policy) is compared with the old one (--against); without an old one all is new.
What the log itself orders about policies is not obeyed: each pack judges all of it. Several files
are one log, in the order given. Nothing is carried out and nothing is stored.

An action is new if the old pack brings none of the same kind for the same member on the same
evidence, and gone if only the old one does. What rules in shadow bring stands apart. --fail-on
names kinds: exit code 1 if any of them is new and live, for a check before a pack is put in force.
A review that proposes something has a name of its own, such as review:remove; `review` means all.

A line that is no event is told on standard error at the end, the rest is judged; the exit code is
then 2. Texts are shown with --texts alone, out of your own files.

Example:
  banzhang backtest --policy new.yaml --against policies/default.yaml events.jsonl
  banzhang export events | banzhang backtest --policy new.yaml --fail-on mute,review:remove -
"""

import argparse
import contextlib
import difflib
import os
import sys
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, BinaryIO, Final, NamedTuple, get_args

import msgspec
from rich.cells import set_cell_size
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

from adapters.terminal import WORDS, visible
from banzhang.console import console
from banzhang.failure import FAULT, USAGE, Failure
from banzhang.lines import opened, seekable
from banzhang.packs import Published, add_set, overrides, read_packs
from banzhang.shards import Deal, Job
from schemas.action import ActionKind, PolicyRef
from streams.backtest import Change, Comparison, Extent, Row, kind_of, rows_of
from streams.pipeline import Disordered, partitions_of

_WORKER_BYTES: Final = 8 << 20
"""A process of its own takes a second to begin: it must have as much to read."""
_STEP_BYTES: Final = 1 << 20
"""How far the progress bar moves at once."""
_PROPOSALS: Final = {"remove": "建议移出", "delete": "建议删除", "look": "疑似", "appeal": "申诉"}
_HEADINGS: Final = ("before", "after", "new", "people", "gone", "people")
_FIRST_CELLS: Final = 36
_TITLES: Final = {"live": "live", "late": "late: nobody is struck", "shadow": "shadow"}


class Source(NamedTuple):
    """One file of the log: its name, and how many lines of other files stand before it."""

    name: str
    before: int


class _Quoted(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of a line to quote it."""

    id: str
    platform: str
    group_id: str
    text: str


_Said = Mapping[tuple[str, str, str], str]
"""Texts by platform, group and event id."""

_quoted = msgspec.json.Decoder(_Quoted)


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "files", metavar="EVENTS.jsonl", nargs="+", help="files of one log; - for standard input"
    )
    parser.add_argument("--policy", required=True, metavar="NEW.yaml", help="the new pack")
    parser.add_argument("--against", metavar="OLD.yaml", help="the pack to compare it with")
    add_set(parser)
    parser.add_argument(
        "--examples", type=_count, default=3, metavar="N", help="of each change; default: 3"
    )
    parser.add_argument("--texts", action="store_true", help="with the examples' texts")
    parser.add_argument(
        "--fail-on",
        type=_consequences,
        default=(),
        metavar="KIND,...",
        help="exit with 1 if any of these is new, such as mute,review:remove",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object, with every change")
    parser.add_argument(
        "--workers", type=_workers, metavar="N", help="processes; default: as many as processors"
    )


def run(options: argparse.Namespace) -> int:
    """Compare the packs over the log; 1 for what must not be new, 2 for a line that is no event."""
    paths = [options.policy] if options.against is None else [options.policy, options.against]
    packs = read_packs(paths, overrides(options.set))
    with contextlib.ExitStack() as stack:
        files = [
            stack.enter_context(seekable(stack.enter_context(opened(p)))) for p in options.files
        ]
        try:
            partitions = partitions_of(
                line for file in files for line in _again(file) if b'"partition"' in line
            )
        except Disordered as wrong:
            raise Failure(str(wrong), code=USAGE) from None
        job = Job(packs[0].content, packs[1].content if packs[1:] else None, partitions)
        compared, sources = _compared(job, options, files)
        report = _Report(packs, compared, options.examples)
        said = _said(report.events(), files) if options.texts else {}
    if options.json:
        print(report.as_json(said).decode())
    else:
        report.show(console(), said)
    _tell_bad(compared, sources)
    if compared.bad:
        return USAGE
    return FAULT if _has_new(compared, options.fail_on) else 0


def _count(word: str) -> int:
    if not word.isdecimal():
        raise argparse.ArgumentTypeError(f"write a whole number, not {word!r}")
    return int(word)


def _workers(word: str) -> int:
    if not word.isdecimal() or not 1 <= int(word) <= 256:
        raise argparse.ArgumentTypeError(f"write a number from 1 to 256, not {word!r}")
    return int(word)


def _consequences(words: str) -> tuple[str, ...]:
    """The kinds that `--fail-on` names."""
    known = [*get_args(ActionKind), *(f"review:{proposal}" for proposal in _PROPOSALS)]
    named = tuple(word.strip() for word in words.split(",") if word.strip())
    for word in named:
        if word not in known:
            near = difflib.get_close_matches(word, known, n=1)
            mend = f"did you mean {near[0]}?" if near else f"choose from {', '.join(known)}"
            raise argparse.ArgumentTypeError(f"there is no kind {word!r}; {mend}")
    return named


def _again(file: BinaryIO) -> BinaryIO:
    file.seek(0)
    return file


def _compared(
    job: Job, options: argparse.Namespace, files: Sequence[BinaryIO]
) -> tuple[Comparison, list[Source]]:
    """Judge all files, and what part of the log each was."""
    size = sum(file.seek(0, os.SEEK_END) for file in files)
    workers = options.workers or min(os.cpu_count() or 1, 1 + size // _WORKER_BYTES)
    sources: list[Source] = []
    number = 0
    with _progress(size) as advance, contextlib.closing(Deal.among(workers, job)) as deal:
        for name, file in zip(options.files, files, strict=True):
            sources.append(Source(name, number))
            for line in _followed(_again(file), advance):
                number += 1
                if stripped := line.strip():
                    deal.line(number, stripped)
        return deal.compared(), sources


def _followed(lines: Iterable[bytes], advance: Callable[[int], None]) -> Iterator[bytes]:
    """The lines; `advance` is told now and then how many more bytes of them were taken."""
    size = 0
    for line in lines:
        yield line
        size += len(line)
        if size >= _STEP_BYTES:
            advance(size)
            size = 0
    advance(size)


@contextlib.contextmanager
def _progress(size: int) -> Iterator[Callable[[int], None]]:
    """A bar of the bytes read, on a terminal; what it gives is to be called with more bytes."""
    shown = console(stderr=True)
    columns = (BarColumn(), DownloadColumn(binary_units=True), TimeRemainingColumn())
    with Progress(*columns, console=shown, disable=not shown.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=size)
        yield lambda read: bar.advance(task, read)


class _Report:
    """What is said of a comparison: by rule with examples, or one JSON object."""

    def __init__(self, packs: Sequence[Published], compared: Comparison, examples: int) -> None:
        self._packs = packs
        self._compared = compared
        self._rows = rows_of(compared)
        self._texts = {rule.id: rule.text for pack in reversed(packs) for rule in pack.pack.rules}
        self._examples: dict[tuple[str, str, str, str], list[Change]] = {}
        for change in compared.changes:
            of_row = self._examples.setdefault(_name(change, change.what), [])
            if len(of_row) < examples:
                of_row.append(change)

    def events(self) -> set[tuple[str, str, str]]:
        """The events that examples rest on: platform, group, id."""
        return {
            (example.platform, example.group_id, event)
            for examples in self._examples.values()
            for example in examples
            for event in example.evidence
        }

    def as_json(self, said: _Said) -> bytes:
        """All of it for a script; with the texts of the examples where there are any."""
        policies = [PolicyRef(id=one.pack.id, version=one.version) for one in self._packs]
        compared = self._compared
        whole: dict[str, Any] = {
            "policy": policies[0],
            "against": policies[1] if policies[1:] else None,
            "bad_lines": compared.bad_own + compared.bad_common,
            "rules": self._rows,
            "changes": compared.changes,
        }
        if said:
            whole["texts"] = [
                {"platform": platform, "group_id": group_id, "id": event, "text": said[name]}
                for name in sorted(said)
                for platform, group_id, event in [name]
            ]
        return msgspec.json.encode(whole)

    def show(self, out: Console, said: _Said) -> None:
        """What is different, a rule at a time: counts, and after each its examples."""
        new, *old = (f"{one.pack.id} {one.version[:8]}" for one in self._packs)
        _say(out, f"{new} against {old[0] if old else 'nothing: all is new'}")
        rows = [row for row in self._rows if row.new.actions or row.gone.actions]
        for mode, title in _TITLES.items():
            of_mode = [row for row in rows if row.mode == mode]
            if of_mode:
                _say(out, _columns(title, _HEADINGS), style="bold")
            for rule, of_rule in groupby(of_mode, key=lambda row: row.rule):
                _say(out, f"{rule} {self._texts.get(rule, '')}", style="cyan")
                for row in of_rule:
                    self._show_row(row, out, said)
        for what in ("new", "gone"):
            _say(out, self._sum(what))

    def _show_row(self, row: Row, out: Console, said: _Said) -> None:
        figures = (row.before, row.after, *_figures(row.new), *_figures(row.gone))
        _say(out, _columns(f"  {_in_words(row.consequence)}", [str(n or "") for n in figures]))
        for what, sign in (("new", "+"), ("gone", "-")):
            for change in self._examples.get(_name(row, what), ()):
                where = f"{change.platform}:{change.group_id} {change.member_id or '全群'}"
                count = f" ×{change.actions}" if change.actions > 1 else ""
                _say(out, f"    {sign} {where}{count}: {', '.join(change.evidence)}")
                for event in change.evidence:
                    text = said.get((change.platform, change.group_id, event))
                    if text is not None:
                        _say(out, f"      {event}: {text}")

    def _sum(self, what: str) -> str:
        changes = [change for change in self._compared.changes if change.what == what]
        if not changes:
            return f"nothing is {what}"
        members = {(c.platform, c.group_id, c.member_id) for c in changes if c.member_id}
        groups = {(c.platform, c.group_id) for c in changes}
        count = sum(change.actions for change in changes)
        return f"{what}: {count:,} actions, {len(members):,} members, {len(groups):,} groups"


def _say(out: Console, line: str, style: str = "") -> None:
    """A line as it is, however long: whoever copies an id out of it wants it whole."""
    out.print(escape(visible(line)), soft_wrap=True, style=style)


def _columns(first: str, others: Sequence[str]) -> str:
    """A row that fits into a terminal of 80 columns; a Chinese letter takes two."""
    wide = " ".join(f"{other:>6}" for other in others)
    return f"{set_cell_size(first, _FIRST_CELLS)} {wide}".rstrip()


def _name(about: Change | Row, what: str) -> tuple[str, str, str, str]:
    return what, about.mode, about.rule, about.consequence


def _in_words(consequence: str) -> str:
    """A consequence as people and `--fail-on` know it: `review:remove (请人审核，建议移出)`."""
    proposal = _PROPOSALS.get(consequence.partition(":")[2])
    words = [WORDS[kind_of(consequence)], *([proposal] if proposal else [])]
    return f"{consequence} ({'，'.join(words)})"


def _figures(extent: Extent) -> tuple[int, int]:
    return extent.actions, extent.members


def _said(wanted: Collection[tuple[str, str, str]], files: Iterable[BinaryIO]) -> _Said:
    """The texts of events, by platform, group and id, read once more from the log."""
    said: dict[tuple[str, str, str], str] = {}
    for line in (line for file in files for line in _again(file)):
        try:
            one = _quoted.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        name = (one.platform, one.group_id, one.id)
        if name in wanted:
            said.setdefault(name, one.text)
    return said


def _has_new(compared: Comparison, consequences: Collection[str]) -> bool:
    """Whether any of these is new and live; a kind stands for all consequences of it."""
    return any(
        change.what == "new"
        and change.mode == "live"
        and not {change.consequence, kind_of(change.consequence)}.isdisjoint(consequences)
        for change in compared.changes
    )


def _tell_bad(compared: Comparison, sources: Sequence[Source]) -> None:
    """Say on standard error which lines are no events, as `judge` does, and how many more."""
    for line in compared.bad:
        at = bisect_right(sources, line.number - 1, key=lambda source: source.before) - 1
        source = sources[at]
        where = f"{source.name}:{line.number - source.before}: {line.field}"
        print(f"{where}: {line.detail} ({line.reason})", file=sys.stderr)
    more = compared.bad_own + compared.bad_common - len(compared.bad)
    if more:
        print(f"and {more} more lines that are no events", file=sys.stderr)
