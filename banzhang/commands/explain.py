"""Say why an action was taken: the clause with its text, the counts, the evidence, and what judged.

The action is looked for in the topic NAMESPACE.actions, or in a file of actions. The clause's text
comes from the pack that judged, by its hash: out of the cluster, or one of those given.

Example:
  banzhang explain 5d0c2a7f9e3b41d8a6c7e9f001122334
  banzhang explain --file actions.jsonl --policy policies/default.yaml 5d0c2a…
"""

import argparse
import asyncio
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from rich.markup import escape
from rich.table import Table

from adapters.terminal import WORDS, visible
from banzhang.console import console
from banzhang.failure import Failure
from banzhang.kafka import reaching, records_of
from banzhang.lines import opened
from banzhang.packs import add_set, overrides, read_packs
from banzhang.settings import add_flags, values
from schemas.action import Action, decode_action
from schemas.policy import Pack, Rule
from streams.policy import UnknownEngine, compile_pack
from streams.reviews import LOOK
from streams.topology import topology

_ID_MIN = 6


class Found(NamedTuple):
    """The action, and the pack that judged it where it is known."""

    action: Action
    pack: Pack | None

    @property
    def rule(self) -> Rule | None:
        """The rule of the pack by which the action was decided."""
        rules = self.pack.rules if self.pack else ()
        return next((rule for rule in rules if rule.id == self.action.rule), None)


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("action_id", metavar="ACTION_ID", help="the id, or how it begins")
    parser.add_argument("--file", metavar="ACTIONS.jsonl", help="a file instead of the topic")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    add_set(parser)
    add_flags(parser, ("BANZHANG_KAFKA", "BANZHANG_NAMESPACE", "BANZHANG_POLICY"))


def run(options: argparse.Namespace) -> int:
    """Find the action and print why."""
    if options.action_id.startswith("#"):
        raise Failure(
            f"{options.action_id} stands for a member in a terminal's lines; "
            "`banzhang export actions` lists the actions with their ids",
            code=2,
        )
    if len(options.action_id) < _ID_MIN:
        raise Failure(
            f"an action's id has 32 characters; give the first {_ID_MIN} at least", code=2
        )
    given = values(options)
    packs = read_packs([given["BANZHANG_POLICY"]], overrides(options.set))
    known = {pack.version: pack.pack for pack in packs}
    if options.file:
        with opened(options.file) as file:
            action = _search(options.action_id, file)
    else:
        with reaching(given["BANZHANG_KAFKA"]):
            action = asyncio.run(_search_topic(options.action_id, given, known))
    if action is None:
        where = options.file or "the topic of actions"
        raise Failure(
            f"no action {options.action_id} in {where}; `banzhang export actions` lists them"
        )
    _print(Found(action, known.get(action.policy.version)), as_json=options.json)
    return 0


def _search(wanted: str, lines: Iterable[bytes]) -> Action | None:
    for line in lines:
        # A look at the bytes first: files of months are long.
        if wanted.encode() in line and (action := _read(line)) and action.id.startswith(wanted):
            return action
    return None


def _read(value: bytes | None) -> Action | None:
    try:
        return None if value is None else decode_action(value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


async def _search_topic(
    wanted: str, given: dict[str, str], known: dict[str, Pack]
) -> Action | None:
    kafka, topics = given["BANZHANG_KAFKA"], topology(given["BANZHANG_NAMESPACE"])
    found = None
    async for record in records_of(kafka, topics.actions.name):
        if found is None and record.value is not None:
            found = _search(wanted, [record.value])
    if found is not None and found.policy.version not in known:
        async for record in records_of(kafka, topics.policies.name):
            if record.key == found.policy.version.encode() and record.value is not None:
                try:
                    known[found.policy.version] = compile_pack(record.value).pack
                except (msgspec.DecodeError, UnknownEngine):
                    break  # Judged by another version of the program: the clause's name must do.
    return found


def _print(found: Found, *, as_json: bool) -> None:
    rule = found.rule
    if as_json:
        said = msgspec.to_builtins(found.action)
        said["clause_text"] = rule.text if rule else None
        print(json.dumps(said, ensure_ascii=False, indent=2))
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in _rows(found.action, rule):
        if value:
            table.add_row(name, escape(visible(value)))
    console().print(table)


def _rows(action: Action, rule: Rule | None) -> Iterable[tuple[str, str]]:
    clause = action.clause or "no clause: the law alone forbids it"
    yield "action", f"{action.id} {action.kind} ({WORDS[action.kind]}), mode {action.mode}"
    yield "group", f"{action.platform}:{action.group_id}"
    yield "member", action.member_id or ""
    yield "why", action.explain
    yield "rule", action.rule
    yield "clause", f"{clause}: {rule.text}" if rule else clause
    is_suspicion = action.params.get("proposal") == LOOK
    yield "suspected" if is_suspicion else "found", ", ".join(action.labels)
    yield "strikes", f"{action.strikes:g} after it"
    yield "evidence", ", ".join(action.evidence)
    yield "details", ", ".join(f"{key}={value}" for key, value in action.params.items())
    yield "decided", _time(action.decided_at)
    yield "expires", _time(action.expires_at) if action.expires_at else "never"
    yield "judged by", f"{action.policy.id}, version {action.policy.version}"


def _time(at: int) -> str:
    local = datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo("Asia/Shanghai"))
    return f"{local:%Y-%m-%d %H:%M:%S} (Asia/Shanghai)"
