"""What docs/policies.md shows is right: its packs are taken, and each key is one that there is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.policy import Pack, Rule, When
from streams.explain import LABEL_WORDS
from streams.policy import read_pack
from streams.text import CUES

ROOT = Path(__file__).parents[3]
DOCS = (ROOT / "docs/policies.md").read_text(encoding="utf-8")
DEFAULT = (ROOT / "policies/default.yaml").read_text(encoding="utf-8")

HEAD = 'id: small\ntitle: 小公约\nversion: "1"\nladder: guide\n'
NAMES = 'names: [{by: [parent], is: "{child}{relation}"}]\n'
WELCOME = "welcome: 欢迎\n"
BASES = (
    "when: {labels: [conflict]}, handling: judgement",
    "when: {labels: [conflict]}, handling: judgement, do: [review, remind, mute]",
    "when: {labels: [ad]}, handling: plain, do: [review, escalate]",
    "when: {joins: stranger}, handling: plain, do: [review]",
    "when: {command: beyond}, handling: plain, do: [review]",
    "when: {rate: {messages: 9, within: 9s}}, handling: flood, do: [notice, report]",
    "when: {rate: {messages: 9, within: 9s}}, handling: plain, do: [notice]",
    "when: {cues: [study]}, handling: spare",
)
"""Rules to which a filter or a consequence is added: it must go with one of them."""


def section(title: str) -> str:
    return re.split(r"^## ", DOCS, flags=re.MULTILINE)[
        1 + [part.split("\n")[0] for part in DOCS.split("\n## ")[1:]].index(title)
    ]


def blocks() -> Iterator[str]:
    """The YAML blocks as whole packs."""
    for block in re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL):
        if block.startswith("- "):
            yield f"{HEAD}rules:\n{block}"
        else:
            yield block if block.startswith("id:") else HEAD + block


def shown_in(title: str) -> list[str]:
    """The first cells of the section's tables, where they show a key with its value."""
    return re.findall(r"^\| `(\w+: [^`]+)` \|", section(title), re.MULTILINE)


def takes(text: str) -> list[str]:
    read = read_pack(
        text, wider=lambda name: ("default.yaml", DEFAULT) if name == "default" else None
    )
    return [] if isinstance(read, Pack) else [str(fault) for fault in read]


@pytest.mark.parametrize("text", list(blocks()), ids=lambda text: text.split("\n")[-2][:40])
def test_every_example_is_a_right_pack(text: str) -> None:
    assert takes(text) == []


@pytest.mark.parametrize("when", shown_in("Subjects"))
def test_every_subject_is_shown_as_it_is_written(when: str) -> None:
    follows = "handling: look" if when.startswith("suspected") else "handling: plain"
    follows += "" if when.startswith("suspected") else ", escalate: [owner]"
    rule = f"rules: [{{id: r, text: 条文, when: {{{when}}}, {follows}}}]\n"

    assert takes(HEAD + (NAMES if "name" in when.split(":", maxsplit=1)[0] else "") + rule) == []


@pytest.mark.parametrize("key", [*shown_in("Filters"), *shown_in("Consequences")])
def test_every_filter_and_consequence_is_shown_as_it_is_written(key: str) -> None:
    name = key.split(":", maxsplit=1)[0]
    bases = [re.sub(rf", {name}: \S.*?(?=, \w+: |$)", "", base) for base in BASES]

    assert any(
        takes(f"{HEAD}rules: [{{id: chitchat, text: 条文, {base}, {key}}}]\n") == []
        for base in bases
    )


def test_every_subject_and_key_of_a_rule_is_told() -> None:
    told = set(re.findall(r"`(\w+)", DOCS))

    written = {name.removesuffix("_ms") for one in (When, Rule) for name in one.__struct_fields__}
    assert written - told == set()


def test_every_key_of_a_pack_is_told() -> None:
    told = set(re.findall(r"`(\w+)`", section("Keys of a pack")))

    assert {name.removesuffix("_ms") for name in Pack.__struct_fields__} - told == set()


def test_every_cue_and_every_label_is_told() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", section("Subjects"), re.MULTILINE)) >= CUES
    assert set(re.findall(r"^\| `(\w+)` \|", section("Labels"), re.MULTILINE)) == set(LABEL_WORDS)
