"""Messages for training, made of sentences with choices that were written for it.

`data/written.txt` says how it is written. The same seed makes the same messages everywhere.
"""

import random
import re
from collections.abc import Iterator, Mapping
from typing import Final

from quality.sets import DATA, Row

SEED: Final = 20_26
MESSAGES_A_LINE: Final = 16

_CHOICE: Final = re.compile(r"\(([^()]*)\)(\?)?")
_LIST: Final = re.compile(r"<([a-z]+)>")


def compose(source: str | None = None, each: int = MESSAGES_A_LINE) -> tuple[Row, ...]:
    """The messages of a source text, by default the one in the project; no message twice.

    `topic` is the line a message was made from: lines that train must not also test.
    """
    if source is None:
        source = (DATA / "written.txt").read_text(encoding="utf-8")
    return tuple(_rows(source, each))


def _rows(source: str, each: int) -> Iterator[Row]:
    lists: dict[str, list[str]] = {}
    labels: frozenset[str] = frozenset()
    for number, line in enumerate(source.splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        if line.startswith(": "):
            name, _, choices = line.removeprefix(": ").partition(" ")
            lists[name] = choices.split("|")
        elif line.startswith("= "):
            labels = frozenset(line.removeprefix("= ").split()) - {"clean"}
        else:
            dice = random.Random(f"{SEED}:{number}")
            texts = dict.fromkeys(_spoken(line, lists, dice) for _ in range(each))
            for count, text in enumerate(texts):
                yield Row(id=f"w{number}.{count}", text=text, labels=labels, topic=str(number))


def _spoken(line: str, lists: Mapping[str, list[str]], dice: random.Random) -> str:
    """One way to say a line."""
    line = _CHOICE.sub(lambda choice: _chosen(choice, dice), line)
    return _LIST.sub(lambda name: dice.choice(lists[name[1]]), line)


def _chosen(choice: re.Match[str], dice: random.Random) -> str:
    if choice[2] and dice.random() < 0.5:
        return ""
    return dice.choice(str(choice[1]).split("|"))
