"""`python -m quality.suspicions`: what it costs to hear the model in the judge, in reviews and time.

Reviews: messages that the default pack would have a person look at, and nobody need: everyday chat,
clean messages of the school sets, and the daily ones (each fold asked of a model trained on the other
four). Time: of the processor, for everyday chat that nobody wrote before, judged in fetches by the
default pack with its rules on suspicion and without, in turn; the median of the differences.
"""

import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from quality.cross import cross, fold_of
from quality.sets import HELD, OURS, Row, read_set, set_names
from quality.train import CHAT, read_corpus
from schemas.event import Message, encode_event
from schemas.policy import Pack
from streams.partition import Partition
from streams.policy import compile_pack, pack_bytes, read_pack
from streams.suspicions import suspicions
from streams.text import STAFF, WordReader
from streams.text.model.opinion import Opinion

PACK: Final = Path(__file__).parents[1] / "policies" / "default.yaml"
FETCH: Final = 1_024
ROUNDS: Final = 21
NOON: Final = 1_788_750_000_000


class Stood(Struct, frozen=True):
    """A record as the log gives it."""

    offset: int
    timestamp: int
    key: bytes
    value: bytes


def main() -> int:
    """Measure and print."""
    asking = read_pack(PACK.read_text(encoding="utf-8"))
    assert isinstance(asking, Pack)
    corpus = read_corpus()
    opinions = cross(corpus).opinions
    print(reviews("everyday chat", _apart(opinions, read_set(CHAT))))
    for kind in OURS:
        print(reviews(f"{kind} messages", _apart(opinions, _of(kind))))
    print(cost(asking, [row.text for row in read_set("chat_clean_dev")]))
    return 0


def _apart(opinions: Sequence[Opinion], rows: Sequence[Row]) -> list[tuple[Opinion, list[Row]]]:
    """Rows by the opinion that has not seen them."""
    return [
        (opinion, [row for row in rows if fold_of(row) == fold])
        for fold, opinion in enumerate(opinions)
    ]


def _of(kind: str) -> list[Row]:
    """The messages of all sets of a kind that the model was trained on."""
    names = [name for name in set_names() if name.startswith(kind) and name not in HELD]
    return [row for name in names for row in read_set(name)]


def reviews(name: str, asked: Sequence[tuple[Opinion, Sequence[Row]]]) -> str:
    """How many clean messages would be looked at, of those in which nothing is found for sure."""
    words = WordReader.default()
    pack = read_pack(PACK.read_text(encoding="utf-8"))
    assert isinstance(pack, Pack)
    looked_for = {label for rule in pack.rules for label in rule.when.suspected or ()}
    clean = looked_at = 0
    for opinion, rows in asked:
        messages = [(r.text, (), r.role) for r in rows if not r.labels and r.role not in STAFF]
        clean += len(messages)
        for one in opinion.weighed(messages, words.read_all(messages)):
            said = {match.label for match in one.doubted}.union(one.suspected)
            looked_at += not one.found and not looked_for.isdisjoint(said)
    share = 10_000 * looked_at / clean
    return f"{name}: {looked_at} of {clean:,} clean, {share:.1f} of 10,000"


def cost(asking: Pack, texts: Sequence[str]) -> str:
    """Microseconds a message with rules on suspicion, beyond those without."""
    rules = tuple(rule for rule in asking.rules if not rule.when.suspected)
    silent = msgspec.structs.replace(asking, rules=rules)
    records = list(_records(texts))
    base: list[float] = []
    more: list[float] = []
    for _ in range(ROUNDS):
        base.append(_took(silent, records))
        more.append(_took(asking, records) - base[-1])
    return (
        f"a message: {statistics.median(base):.1f} us where no rule asks, "
        f"{statistics.median(more):.1f} us more where one does ({ROUNDS} rounds)"
    )


def _records(texts: Sequence[str]) -> Iterator[Stood]:
    """Each text once, from a thousand members of fifty groups, a few seconds apart."""
    for number, text in enumerate(dict.fromkeys(texts)):
        event = Message(
            id=f"e{number}",
            platform="qq",
            group_id=f"g{number % 50}",
            sent_at=NOON + 2_000 * number,
            text=text,
            member_id=f"p{number // 50 % 20}",
        )
        yield Stood(number, 0, f"qq:{event.group_id}".encode(), encode_event(event))


def _took(pack: Pack, records: Sequence[Stood]) -> float:
    """Microseconds a record; nothing is known from an earlier round."""
    policy = compile_pack(pack_bytes(pack))
    if policy.suspicions is not None:
        suspicions.cache_clear()
        policy.suspicions = suspicions()
    # Prints are kept by key: a new key knows none.
    secret = str(time.process_time_ns()).encode()
    partition = Partition(topic="events", number=0, partitions=0, secret=secret)
    partition.begin_with(policy.ref.version)
    packs = {policy.ref.version: policy}
    began = time.process_time()
    for at in range(0, len(records), FETCH):
        partition.judge(partition.read(records[at : at + FETCH]), packs)
    return 1e6 * (time.process_time() - began) / len(records)


if __name__ == "__main__":
    sys.exit(main())
