"""A small pure core that stands in for `streams.partition` where a test is about the shell.

It strikes a member who writes more than five messages within ten seconds or the same text three
times in a row, and keeps its state as the real one does: a head a group with the fence, a record a
member, values that begin with their place. A member `gone` is dropped (a tombstone).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from streams.place import place
from streams.seal import Seal

HEAD = b"\x1fh"


class Change(NamedTuple):
    key: bytes
    value: bytes | None
    place: bytes


class Reading:
    def __init__(self, records: Sequence[Any]) -> None:
        self.records = records
        self.events = [_event(record.value) for record in records]
        self.at = 0

    @property
    def following(self) -> int:
        record = self.records[max(0, self.at - 1)]
        return int(record.offset) + (1 if self.at else 0)


class Verdict:
    def __init__(self) -> None:
        self.actions: list[tuple[bytes, bytes]] = []
        self.dead: list[tuple[bytes | None, bytes]] = []
        self.sightings: list[tuple[bytes, bytes]] = []
        self.strays: list[tuple[bytes, bytes]] = []
        self.changes: list[list[Change]] = []
        self.judged = 0
        self.rejected_in_row = 0
        self.reasons: Counter[str] = Counter()
        self.kinds: Counter[tuple[str, str]] = Counter()
        self.lacks: str | None = None
        self.seal: Seal | None = None


class Tally:
    """All states of one partition."""

    def __init__(self, generation: int = 1) -> None:
        self.generation = generation
        self.states: dict[bytes, Any] = {}
        self.heads: dict[bytes, int] = {}
        self.in_row = 0
        self.settled = -1

    def load(self, key: bytes, value: bytes) -> None:
        if key.endswith(HEAD):
            self.heads[key[: -len(HEAD)]] = int.from_bytes(value[4:12], "big") - 1
        else:
            self.states[key] = value

    def highest(self) -> int:
        return int(max([-1, *self.heads.values()]))

    def read(self, records: Sequence[Any]) -> Reading:
        return Reading(records)

    def judge(self, reading: Reading, packs: Mapping[str, Any]) -> Verdict:
        verdict = Verdict()
        touched: dict[bytes, dict[bytes, tuple[Any, int]]] = {}
        for at in range(reading.at, len(reading.records)):
            record, event = reading.records[at], reading.events[at]
            if event is None:
                self.in_row += 1
                verdict.dead.append((record.key, record.value or b"null"))
                verdict.reasons["not_json"] += 1
            elif event.get("pack", "") not in {"", *packs}:
                verdict.lacks = event["pack"]
                break
            else:
                self._judge_one(record, event, touched, verdict)
            reading.at = at + 1
        verdict.rejected_in_row = self.in_row
        verdict.changes = [self._changes(group, parts) for group, parts in touched.items()]
        return verdict

    def _judge_one(
        self, record: Any, event: dict[str, Any], touched: dict[bytes, Any], verdict: Verdict
    ) -> None:
        self.in_row = 0
        verdict.judged += 1
        group = record.key
        if event.get("kind") == "tick" or record.offset <= self.heads.get(group, -1):
            return
        self.heads[group] = record.offset
        self._strike(group, event, record.offset, touched.setdefault(group, {}), verdict)

    def _strike(
        self,
        group: bytes,
        event: dict[str, Any],
        offset: int,
        parts: dict[bytes, Any],
        out: Verdict,
    ) -> None:
        key = group + b"\x1f" + event["member_id"].encode()
        state = self.states.get(key)
        if state is None:
            state = [[], "", 0, 0]
        elif isinstance(state, bytes):
            state = orjson.loads(state[12:])
        now = event["sent_at"]
        state[0] = [*(t for t in state[0] if t > now - 10_000), now]
        state[1], state[2] = event["text"], state[2] + 1 if event["text"] == state[1] else 1
        if len(state[0]) > 5 or state[2] >= 3:
            state[3] += 1
            out.actions.append((group, orjson.dumps({"id": event["id"], "strikes": state[3]})))
        if event.get("gone"):
            state = None
            self.states.pop(key, None)
        else:
            self.states[key] = state
        parts[key] = (state, offset)

    def _changes(self, group: bytes, parts: dict[bytes, tuple[Any, int]]) -> list[Change]:
        at = place(self.generation, self.heads[group])
        changes = [Change(group + HEAD, at, at)]
        for key, (state, offset) in parts.items():
            there = place(self.generation, offset)
            value = None if state is None else there + orjson.dumps(state)
            changes.append(Change(key, value, there))
        return changes

    def committed(self, following: int) -> None:
        self.settled = following


def _event(value: bytes | None) -> dict[str, Any] | None:
    try:
        event = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return None
    return event if isinstance(event, dict) else None


def expected(events: Iterable[dict[str, Any]]) -> dict[str, int]:
    """The oracle: action ids and their strikes, by the same rules, event by event in order."""
    states: dict[tuple[str, str], list[Any]] = {}
    found: dict[str, int] = {}
    for event in events:
        state = states.setdefault((event["group_id"], event["member_id"]), [[], "", 0, 0])
        now = event["sent_at"]
        state[0] = [*(t for t in state[0] if t > now - 10_000), now]
        state[1], state[2] = event["text"], state[2] + 1 if event["text"] == state[1] else 1
        if len(state[0]) > 5 or state[2] >= 3:
            state[3] += 1
            found[event["id"]] = state[3]
    return found
