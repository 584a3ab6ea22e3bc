"""The shipped word lists, and how they are read. See `docs/text.md` for what may stand in them.

The lists are the package's own data: they are read once, when the first reader is made, and never
while a message is judged.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import yaml
from msgspec import Struct

from streams.text.match import LABELS
from streams.text.normal import fold

CUES: Final = ("never", "forbid", "about", "quote", "ask")
LINK: Final = "link"
"""The one group that is no list: it stands where a link was found."""

_FILES: Final = ("common", "trade", "speech", "severe", "judgement", "school")


class Together(Struct, frozen=True):
    """Groups of words that mean `label` where all of them stand near each other."""

    label: str
    groups: tuple[str, ...]


class Lexicon(Struct, frozen=True):
    """The word lists, ready to compile.

    `groups`: a name and its words in normal form. `patterns`: a name and a regular expression over
    the normal form. `rules`: what brings a finding. `allowed`: for a label (`*`: for all, cues
    too) the longer words in which its words are innocent. `cues`: words that turn a finding.
    """

    groups: Mapping[str, tuple[str, ...]]
    patterns: Mapping[str, str]
    rules: tuple[Together, ...]
    allowed: Mapping[str, tuple[str, ...]]
    cues: Mapping[str, tuple[str, ...]]


class LexiconFault(ValueError):
    """A word list can't be used as it stands."""


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """The shipped lexicon.

    Raises `LexiconFault`, naming file and entry, where a list is faulty.
    """
    folder = files(__name__)
    return compile_lexicon(
        {name: (folder / f"{name}.yaml").read_text(encoding="utf-8") for name in _FILES}
    )


def compile_lexicon(sources: Mapping[str, str]) -> Lexicon:
    """Make a lexicon of YAML texts, each under a name for messages."""
    builder = _Builder()
    for name, source in sources.items():
        builder.add(name, yaml.safe_load(source))
    return builder.lexicon()


class _Builder:
    def __init__(self) -> None:
        self._groups: dict[str, tuple[str, ...]] = {}
        self._patterns: dict[str, str] = {}
        self._rules: list[Together] = []
        self._allowed: dict[str, tuple[str, ...]] = {}
        self._cues: dict[str, tuple[str, ...]] = {}

    def add(self, name: str, source: Any) -> None:
        top = _mapping(name, source, {"groups", "patterns", "allow", "cues", "labels"})
        for group, words in _mapping(f"{name}: groups", top.get("groups", {})).items():
            self._groups[group] = _words(f"{name}: groups.{group}", words)
        self._patterns.update(_mapping(f"{name}: patterns", top.get("patterns", {})))
        if "allow" in top:
            self._allowed["*"] = _words(f"{name}: allow", top["allow"])
        for cue, words in _mapping(f"{name}: cues", top.get("cues", {}), set(CUES)).items():
            self._cues[cue] = _words(f"{name}: cues.{cue}", words)
        for label, body in _mapping(f"{name}: labels", top.get("labels", {}), set(LABELS)).items():
            self._label(f"{name}: {label}", label, body)

    def _label(self, where: str, label: str, body: Any) -> None:
        body = _mapping(where, body, {"words", "together", "allow"})
        if "words" in body:
            self._groups[f"={label}"] = _words(where, body["words"])
            self._rules.append(Together(label, (f"={label}",)))
        for line in body.get("together", ()):
            groups = tuple(self._group(where, part) for part in line.split("&"))
            self._rules.append(Together(label, groups))
        if "allow" in body:
            self._allowed[label] = _words(f"{where}: allow", body["allow"])

    def _group(self, where: str, part: str) -> str:
        """A group's name: `{name}`, or words with `|` between, which become a group themselves."""
        part = part.strip()
        if part.startswith("{") and part.endswith("}"):
            return part[1:-1]
        self._groups[part] = _words(where, part.replace("|", " "))
        return part

    def lexicon(self) -> Lexicon:
        for group in (group for rule in self._rules for group in rule.groups):
            if group != LINK and group not in self._groups and group not in self._patterns:
                raise LexiconFault(f"no group or pattern is named {group!r}")
        return Lexicon(self._groups, self._patterns, tuple(self._rules), self._allowed, self._cues)


def _mapping(where: str, body: Any, known: set[str] | None = None) -> dict[str, Any]:
    """The mapping at this place; with `known`, one that has no other keys."""
    if not isinstance(body, dict):
        raise LexiconFault(f"{where}: expected a mapping")
    for key in body:
        if known is not None and key not in known:
            raise LexiconFault(f"{where}: {key!r} is none of {', '.join(sorted(known))}")
    return body


def _words(where: str, words: Any) -> tuple[str, ...]:
    if not isinstance(words, str) or not words.split():
        raise LexiconFault(f"{where}: expected words with spaces between")
    return tuple(dict.fromkeys(_folded(where, words)))


def _folded(where: str, words: str) -> Iterator[str]:
    for word in words.split():
        folded = fold(word)
        if not folded or "{" in word:
            raise LexiconFault(f"{where}: {word!r} is no word")
        yield folded
