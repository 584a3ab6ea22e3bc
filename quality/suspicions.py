"""`python -m quality.suspicions`: what it costs to hear the model in the judge, in reviews and time.

Reviews: messages that the default pack would have a person look at, and nobody need: everyday chat
(each fold asked of a model trained on the other four), clean messages of the school sets, and
`parents.txt`, what parents write all day. Time: of the processor, for everyday chat that nobody
wrote before, judged in fetches by the default pack with its rules on suspicion and without, in turn;
the median of the differences.
"""

import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from quality.cross import cross
from quality.sets import DATA, Row, read_set, set_names
from quality.train import TALK, read_corpus
from schemas.event import Message, encode_event
from schemas.policy import Pack
from streams.partition import Partition
from streams.policy import compile_pack, pack_bytes, read_pack
from streams.suspicions import Suspicions, suspicions
from streams.text import STAFF, WordReader
from streams.text.lexicon import load_lexicon
from streams.text.model import HEADS, Model

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


class Told:
    """A model that says what it is told to: of a text that another one, trained without it, saw."""

    def __init__(self, said: dict[str, tuple[str, ...]]) -> None:
        self._said = said

    def labels(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """What was said of each text."""
        return [self._said[text] for text in texts]


def main() -> int:
    """Measure and print."""
    asking = read_pack(PACK.read_text(encoding="utf-8"))
    assert isinstance(asking, Pack)
    shipped = Suspicions(Model.default(), load_lexicon())
    school = [row for name in set_names() if name.startswith("school") for row in read_set(name)]
    print(reviews("everyday chat", *_chat()))
    print(reviews("school messages", shipped, school))
    print(reviews("parents", shipped, parents()))
    print(cost(asking, [row.text for row in read_set("chat_clean_dev")]))
    return 0


def _chat() -> tuple[Suspicions, list[Row]]:
    """Everyday chat, and suspicions of models that had not seen it."""
    corpus = read_corpus()
    over = cross(corpus).over
    places = np.flatnonzero(corpus.sources == TALK).tolist()
    said = {
        corpus.rows[place].text: tuple(
            head for head, is_over in zip(HEADS, over[place].tolist(), strict=True) if is_over
        )
        for place in places
    }
    told = Suspicions(Told(said), load_lexicon())  # type: ignore[arg-type]
    return told, [corpus.rows[place] for place in places]


def parents() -> list[Row]:
    """What parents write all day."""
    lines = (DATA / "parents.txt").read_text(encoding="utf-8").splitlines()
    return [Row(id=f"parents:{place}", text=line) for place, line in enumerate(lines, start=1)]


def reviews(name: str, suspected: Suspicions, rows: Sequence[Row]) -> str:
    """How many clean messages would be looked at: suspected, and nothing found in them."""
    words = WordReader.default()
    clean = [row for row in rows if not row.labels and row.role not in STAFF]
    suspected.read([row.text for row in clean])
    looked_at = [row for row in clean if suspected.of(row.text) and not words.read(row.text)]
    share = 10_000 * len(looked_at) / len(clean)
    return f"{name}: {len(looked_at)} of {len(clean):,} clean, {share:.1f} of 10,000"


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
