"""The judge alone, on one core and in memory: how many messages a second it judges by a pack, and
how its cost grows with the rules that look at a message.

The texts are read before the clock starts, by the same policy, which keeps what it read: so this is
the judge without text analysis, on a simulated school day with all that is wrong in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

from msgspec.json import encode
from rich.table import Table

from schemas.event import Attachment, Message, encode_event
from schemas.policy import Count, Pack, Rule, When, Where
from streams.kept import LETTERS_MAX, TEXTS_MAX
from streams.partition import Partition
from streams.policy import Policy, compile_pack, pack_bytes, read_pack
from streams.simulate import simulate

POLICIES: Final = Path(__file__).parents[1] / "policies"
GROUPS, MEMBERS, DAYS, A_DAY, SEED = 60, 40, 2, 400, 2026
FETCH: Final = 500
"""Records that are judged together, as behind a broker."""
RULES: Final = (10, 20, 40, 80)
LOOKED_AT: Final = 20_000


@dataclass(frozen=True)
class _Record:
    offset: int
    timestamp: int
    key: bytes
    value: bytes


def largest_pack() -> str:
    """The id of the pack with most rules."""
    packs = {path.stem: _pack(path) for path in sorted(POLICIES.glob("*.yaml"))}
    return max(packs, key=lambda name: len(packs[name].rules))


def speed(name: str, runs: int) -> dict[str, Any]:
    """Messages a second by a pack: the median of the runs, with their range."""
    policy = compile_pack(pack_bytes(_pack(POLICIES / f"{name}.yaml")))
    records = _day()
    _judge(policy, records)  # reads the texts
    rates = [len(records) / _judge(policy, records) for _ in range(runs)]
    rules = len(policy.pack.rules)
    return {
        "pack": name,
        "rules": rules,
        "messages": len(records),
        "messages_per_s": {"median": median(rates), "least": min(rates), "most": max(rates)},
    }


def growth(runs: int) -> dict[int, float]:
    """Microseconds a message by the number of rules that look at it: a picture, a mention, words
    that are looked for, and nothing found.
    """
    records = _looked_at()
    costs: dict[int, float] = {}
    for number in RULES:
        pack = Pack(id="growth", title="growth", version="1", ladder="guide", rules=_rules(number))
        policy = compile_pack(pack_bytes(pack))
        _judge(policy, records)
        times = [_judge(policy, records) for _ in range(runs)]
        costs[number] = min(times) / len(records) * 1e6
    return costs


def table(measured: dict[str, Any], costs: dict[int, float]) -> Table:
    """What was measured, for people."""
    shown = Table(title="the judge alone, one core, texts read before")
    shown.add_column("")
    shown.add_column("", justify="right")
    rate = measured["messages_per_s"]["median"]
    shown.add_row(f"{measured['pack']}, {measured['rules']} rules", f"{rate:,.0f}/s")
    for number, cost in costs.items():
        shown.add_row(f"{number} rules look at each message", f"{cost:.1f} us")
    return shown


def _pack(path: Path) -> Pack:
    pack = read_pack(path.read_text(encoding="utf-8"), source=path.name)
    if not isinstance(pack, Pack):
        raise SystemExit("\n".join(map(str, pack)))
    return pack


def _day() -> Sequence[_Record]:
    events = [event for event, _ in simulate(GROUPS, MEMBERS, DAYS, A_DAY, SEED)]
    texts = {str(event.get("text", "")) for event in events}
    if len(texts) > TEXTS_MAX or sum(map(len, texts)) > LETTERS_MAX:
        raise SystemExit("more texts than are kept: the clock would run while they are read")
    return [
        _Record(at, 0, f"{event['platform']}:{event['group_id']}".encode(), encode(event))
        for at, event in enumerate(events)
    ]


def _looked_at() -> Sequence[_Record]:
    """Messages at which all rules of `_rules` look, minutes apart, and none has anything to say."""
    picture = (Attachment(type="image"),)
    events = [
        Message(
            id=f"e{at}",
            platform="qq",
            group_id=f"g{at % 50}",
            member_id=f"p{at % 1_000}",
            sent_at=1_780_000_000_000 + at * 60_000,
            text="明天几点到校",
            attachments=picture,
            mentions=("t1",),
        )
        for at in range(LOOKED_AT)
    ]
    return [
        _Record(at, 0, f"qq:{event.group_id}".encode(), encode_event(event))
        for at, event in enumerate(events)
    ]


def _rules(number: int) -> tuple[Rule, ...]:
    """Rules of the kinds that look at such messages, so many in all."""
    plain: dict[str, Any] = {"text": "试", "handling": "plain", "do": ("remind",)}
    kinds = (
        ("count", When(count=Count(of="attachments", at_least=60, within_ms=1_000)), Where()),
        ("mention", When(mentions=("member",)), Where(cues=("incite",))),
        ("picture", When(attachments=("image",)), Where(reply_to=("staff",))),
        ("words", When(labels=("ad", "abuse")), Where(attachments=("video",))),
    )
    return tuple(
        Rule(id=f"{name}.{turn}", when=when, where=where, hours=None, **plain)
        for turn in range(number // len(kinds) + 1)
        for name, when, where in kinds
    )[:number]


def _judge(policy: Policy, records: Sequence[_Record]) -> float:
    """Judge all records by a partition that has seen nothing; how many seconds it took."""
    version = policy.ref.version
    partition = Partition(topic="bench", number=0, partitions=0)
    partition.begin_with(version)
    began = perf_counter()
    for at in range(0, len(records), FETCH):
        partition.judge(partition.read(records[at : at + FETCH]), {version: policy})
    return perf_counter() - began
