"""The shipped word lists, and how they are read. See `docs/text.md` for what may stand in them.

The lists are the package's own data: they are read once, when the first reader is made, and never
while a message is judged.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from itertools import combinations
from typing import Any, Final

import yaml
from msgspec import Struct
from msgspec.structs import replace

from streams.text.match import CUES, LABELS
from streams.text.normal import fold

TURNS: Final = ("never", "forbid", "about", "quote", "ask", "notice")
"""Kinds of words that turn a finding into none."""

OUTSIDER: Final = "~outsider"
"""Ends a rule's label where the rule is for outsiders alone: see `docs/text.md`."""

LINK: Final = "link"
"""The one group that is no list: it stands where a link was found."""

TOP_KEYS: Final = ("groups", "patterns", "allow", "turns", "labels")
LABEL_KEYS: Final = (
    "words",
    "together",
    "within",
    "weigh",
    "outsider",
    "beside",
    "yields",
    "allow",
)
WEIGH_KEYS: Final = ("need", "of")
WITHIN_PARTS: Final = 2

SUBSETS_MAX: Final = 512
"""A `weigh` of more least combinations than this is too broad to mean anything."""

_ALLOW: Final = "allow"

CUES_FILE: Final = "cues"
"""The list of ways of speaking: a lexicon of its own, whose labels are `CUES`."""

_FILES: Final = ("common", "trade", "speech", "severe", "judgement", "school")

# The one that is written in C reads the shipped lists in a tenth of the time.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Together(Struct, frozen=True):
    """Groups of words that mean `label` where all of them stand near each other; with `within`,
    where one of the first group's stands in what the second, a pattern, finds.
    """

    label: str
    groups: tuple[str, ...]
    within: bool = False


class Lexicon(Struct, frozen=True):
    """The word lists, ready to compile.

    `groups`: a name and its words in normal form. `patterns`: a name and a regular expression over
    the normal form. `rules`: what brings a finding. `allowed`: for a label (`*`: for all, turns
    too) the longer words in which its words are innocent. `turns`: words that turn a finding.
    `yields`: a label and those beside which it is not said (`*`: any). `beside`: a label and
    those beside which its rules for outsiders count too.
    """

    groups: Mapping[str, tuple[str, ...]]
    patterns: Mapping[str, str]
    rules: tuple[Together, ...]
    allowed: Mapping[str, tuple[str, ...]]
    turns: Mapping[str, tuple[str, ...]]
    yields: Mapping[str, frozenset[str]]
    beside: Mapping[str, frozenset[str]] = {}


class LexiconFault(ValueError):
    """A word list can't be used as it stands."""


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """The shipped lexicon.

    Raises `LexiconFault`, naming file and entry, where a list is faulty.
    """
    return compile_lexicon({name: _text(name) for name in _FILES})


@lru_cache(maxsize=1)
def load_cues() -> Lexicon:
    """The shipped ways of speaking: a lexicon whose labels are `CUES`.

    Raises `LexiconFault` as `load_lexicon` does.
    """
    return compile_lexicon({CUES_FILE: _text(CUES_FILE)}, CUES)


def shipped_lists() -> dict[str, str]:
    """The texts of the shipped lists, by name."""
    return {name: _text(name) for name in (*_FILES, CUES_FILE)}


def _text(name: str) -> str:
    return (files(__name__) / f"{name}.yaml").read_text(encoding="utf-8")


class OwnWords(Struct, frozen=True):
    """A school's words: (label, words) pairs, and the words that are no finding of any label."""

    found: tuple[tuple[str, tuple[str, ...]], ...] = ()
    allowed: tuple[str, ...] = ()


def read_own_words(lines: Iterable[str]) -> OwnWords:
    """The lines of a policy's `words`: `ad: 好物分享 团长`, or `allow: 红包书`.

    Raises `LexiconFault` with the line, what is wrong with it and its mend.
    """
    found: dict[str, tuple[str, ...]] = {}
    for line in lines:
        label, colon, words = line.replace("\uff1a", ":").partition(":")
        label = label.strip()
        if not colon or not words.split():
            raise LexiconFault(f"{line[:40]!r}: write LABEL: WORD WORD, such as `ad: 团长发车`")
        if label != _ALLOW and label not in LABELS:
            raise LexiconFault(f"{line[:40]!r}: {label[:40]!r} is no label, and is not `{_ALLOW}`")
        folded = _words(label, words)
        short = [word for word in folded if len(word) < 2]
        if short and label != _ALLOW:
            raise LexiconFault(f"{line[:40]!r}: {short[0]!r} is a single letter; write more of it")
        _more(found, label, folded)
    allowed = found.pop(_ALLOW, ())
    return OwnWords(tuple(sorted(found.items())), allowed)


def with_own_words(lexicon: Lexicon, own: OwnWords) -> Lexicon:
    """The lexicon with a school's words beside its own. An allowed word wins over any that it
    equals or holds, whatever the label, and over the words that turn a finding.
    """
    groups, allowed, rules = dict(lexicon.groups), dict(lexicon.allowed), list(lexicon.rules)
    for label, words in own.found:
        _more(groups, f"={label}", words)
        rule = Together(label, (f"={label}",))
        if rule not in rules:
            rules.append(rule)
    for label in dict.fromkeys(("*", *(rule.label for rule in rules))) if own.allowed else ():
        _more(allowed, label, own.allowed)
    return replace(lexicon, groups=groups, rules=tuple(rules), allowed=allowed)


def compile_lexicon(sources: Mapping[str, str], labels: Collection[str] = LABELS) -> Lexicon:
    """Make a lexicon of YAML texts, each under a name for messages. `labels`: which there may be."""
    builder = _Builder(labels)
    for name, source in sources.items():
        builder.add(name, yaml.load(source, _LOADER))  # noqa: S506 - a safe loader
    return builder.lexicon()


class _Builder:
    """What stands in several files adds up: a group, a label and a turn may be spread over them."""

    def __init__(self, labels: Collection[str]) -> None:
        self._labels = labels
        self._groups: dict[str, tuple[str, ...]] = {}
        self._patterns: dict[str, str] = {}
        self._rules: list[Together] = []
        self._allowed: dict[str, tuple[str, ...]] = {}
        self._turns: dict[str, tuple[str, ...]] = {}
        self._yields: dict[str, frozenset[str]] = {}
        self._beside: dict[str, frozenset[str]] = {}

    def add(self, name: str, source: Any) -> None:
        top = _mapping(name, source, TOP_KEYS)
        for group, words in _mapping(f"{name}: groups", top.get("groups", {})).items():
            _more(self._groups, group, _words(f"{name}: groups.{group}", words))
        for pattern, regex in _mapping(f"{name}: patterns", top.get("patterns", {})).items():
            self._patterns[pattern] = str(regex)
        if "allow" in top:
            _more(self._allowed, "*", _words(f"{name}: allow", top["allow"]))
        for turn, words in _mapping(f"{name}: turns", top.get("turns", {}), TURNS).items():
            _more(self._turns, turn, _words(f"{name}: turns.{turn}", words))
        for label, body in _mapping(f"{name}: labels", top.get("labels", {}), self._labels).items():
            self._label(f"{name}: {label}", label, body)

    def _label(self, where: str, label: str, body: Any) -> None:
        body = _mapping(where, body, LABEL_KEYS)
        if "words" in body:
            _more(self._groups, f"={label}", _words(where, body["words"]))
            self._rule(label, (f"={label}",))
        for line in body.get("together", ()):
            self._rule(label, tuple(self._group(where, part) for part in line.split("&")))
        for line in body.get("outsider", ()):
            self._rule(
                label + OUTSIDER, tuple(self._group(where, part) for part in line.split("&"))
            )
        for line in body.get("within", ()):
            self._within(where, label, line)
        if "yields" in body:
            self._yields[label] = frozenset(_labels(where, body["yields"], self._labels))
        if "beside" in body:
            self._beside[label] = frozenset(_labels(where, body["beside"], self._labels))
        if "weigh" in body:
            self._weigh(where, label, body["weigh"])
        if "allow" in body:
            _more(self._allowed, label, _words(f"{where}: allow", body["allow"]))

    def _within(self, where: str, label: str, line: str) -> None:
        groups = tuple(self._group(where, part) for part in line.split("&"))
        if len(groups) != WITHIN_PARTS:
            raise LexiconFault(f"{where}: within: {line!r} is no list and a pattern")
        self._rule(label, groups, within=True)

    def _rule(self, label: str, groups: tuple[str, ...], *, within: bool = False) -> None:
        rule = Together(label, groups, within)
        if rule not in self._rules:
            self._rules.append(rule)

    def _weigh(self, where: str, label: str, body: Any) -> None:
        """Weights are compiled away: each least set of groups that is heavy enough is a rule."""
        body = _mapping(f"{where}: weigh", body, WEIGH_KEYS)
        weights = {self._group(where, part): int(n) for part, n in body["of"].items()}
        sets = list(least_sets(weights, int(body["need"])))
        if not sets or len(sets) > SUBSETS_MAX:
            raise LexiconFault(f"{where}: weigh: {len(sets)} ways to reach {body['need']}")
        for groups in sets:
            if any(group not in self._patterns for group in groups):
                self._rule(label, groups)

    def _group(self, where: str, part: str) -> str:
        """A group's name: `{name}`, or words with `|` between, which become a group themselves."""
        part = part.strip()
        if part.startswith("{") and part.endswith("}"):
            return part[1:-1]
        self._groups[part] = _words(where, part.replace("|", " "))
        return part

    def lexicon(self) -> Lexicon:
        held = [rule.groups[1] for rule in self._rules if rule.within]
        if loose := [group for group in held if group not in self._patterns]:
            raise LexiconFault(f"within: {loose[0]!r} is no pattern")
        for group in (group for rule in self._rules for group in rule.groups):
            if group != LINK and group not in self._groups and group not in self._patterns:
                raise LexiconFault(f"no group or pattern is named {group!r}")
        for label in {rule.label for rule in self._rules if rule.label.endswith(OUTSIDER)}:
            if label.removesuffix(OUTSIDER) in self._allowed:
                self._allowed[label] = self._allowed[label.removesuffix(OUTSIDER)]
        return Lexicon(
            self._groups,
            self._patterns,
            tuple(self._rules),
            self._allowed,
            self._turns,
            self._yields,
            self._beside,
        )


def least_sets(weights: Mapping[str, int], need: int) -> Iterator[tuple[str, ...]]:
    """The sets of groups that weigh `need` or more, and less without any one of them."""
    for size in range(1, len(weights) + 1):
        for groups in combinations(weights, size):
            total = sum(weights[group] for group in groups)
            if total >= need > total - min(weights[group] for group in groups):
                yield groups


def _more(known: dict[str, tuple[str, ...]], key: str, words: tuple[str, ...]) -> None:
    known[key] = tuple(dict.fromkeys((*known.get(key, ()), *words)))


def _mapping(where: str, body: Any, known: Iterable[str] | None = None) -> dict[str, Any]:
    """The mapping at this place; with `known`, one that has no other keys."""
    if not isinstance(body, dict):
        raise LexiconFault(f"{where}: expected a mapping")
    for key in body:
        if known is not None and key not in known:
            raise LexiconFault(f"{where}: {key!r} is none of {', '.join(sorted(known))}")
    return body


def _labels(where: str, labels: Any, known: Collection[str]) -> list[str]:
    """Labels with spaces between, or `*` for any."""
    named = str(labels).split()
    for label in named:
        if label not in known and label != "*":
            raise LexiconFault(f"{where}: {label!r} is no label")
    return named


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
