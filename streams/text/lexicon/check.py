"""A word list held against what may stand in it: all its faults at once, each with its place.

The loader stops at the first fault, and lets pass what does no harm; this is for people who write
lists. Judging never comes here.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final

import re2
import yaml

from streams.policy.fault import Enough, Fault, Faults, Mark, hint, shown
from streams.policy.nodes import compose, mark_of
from streams.text.lexicon import (
    LABEL_KEYS,
    LINK,
    SUBSETS_MAX,
    TOP_KEYS,
    TURNS,
    WEIGH_KEYS,
    WITHIN_PARTS,
    Lexicon,
    least_sets,
    load_cues,
    load_lexicon,
)
from streams.text.match import CUES, LABELS
from streams.text.normal import fold

WORD_MIN: Final = 2
"""A single letter is part of too many words to be a finding by itself."""

_WEIGHT_MAX: Final = 100
_WEIGHED_MAX: Final = 16

_Words = Sequence[tuple[str, str, Mark]]
"""The words of one list: as written, in normal form, and where."""


def check_lexicon(text: str, source: str = "list") -> list[Fault]:
    """All that is wrong with the text of one list file, in its order; empty where it is right.

    A file whose labels are ways of speaking is held against those lists, any other against the
    lists of findings.

    Groups and patterns of the shipped lists may be used in `together` and `weigh`; whether an
    `allow` allows anything is asked of the shipped words and the file's own. Total.
    """
    faults = Faults(source)
    try:
        root = compose(text, faults) if text.strip() else None
        if root is not None:
            _Check(text, faults, root).run(root)
        elif not faults.found:
            faults.at(Mark(1, 1), f"the file is empty; a list has {', '.join(TOP_KEYS)}")
    except Enough:
        pass
    return sorted(faults.found, key=lambda fault: (fault.line, fault.column))


_TO_ITSELF: Final = {"yields": "yield to", "beside": "stand beside"}


class _Check:
    """One run over one file."""

    def __init__(self, text: str, faults: Faults, root: yaml.Node) -> None:
        self._faults = faults
        self._text = text
        self._starts = [0, *accumulate(len(line) + 1 for line in text.split("\n")[:-1])]
        self._labels: Collection[str] = CUES if _is_of_cues(root) else LABELS
        shipped = load_cues() if self._labels is CUES else load_lexicon()
        self._shipped = shipped
        self._patterns = set(shipped.patterns)
        self._groups = {name for name in shipped.groups if name[0] != "="}
        self._own: dict[str, set[str]] = {}
        self._used: dict[str, set[str]] = {}

    def run(self, root: yaml.Node) -> None:
        """Look at the whole file; what one entry may name is gathered first."""
        top = self._mapping(root, TOP_KEYS)
        for key, node in self._mapping(top.get("groups")).items():
            self._groups.add(key)
            self._own[key] = {form for _, form, _ in self._words(node)}
        for key, node in self._mapping(top.get("patterns")).items():
            self._patterns.add(key)
            self._pattern(node)
        for node in self._mapping(top.get("turns"), TURNS).values():
            self._used.setdefault("?", set()).update(form for _, form, _ in self._words(node))
        allows = [("*", top["allow"])] if "allow" in top else []
        for label, node in self._mapping(top.get("labels"), self._labels).items():
            body = self._mapping(node, LABEL_KEYS)
            self._label(label, body)
            if "allow" in body:
                allows.append((label, body["allow"]))
        for label, node in allows:
            self._allow(label, node)

    def _label(self, label: str, body: Mapping[str, yaml.Node]) -> None:
        used = self._used.setdefault(label, set())
        if "words" in body:
            words = self._words(body["words"])
            used.update(form for _, form, _ in words)
            for word, form, mark in words:
                if len(form) < WORD_MIN:
                    mend = "make it part of a `together`"
                    self._faults.at(mark, f"{shown(word)} is a single letter; {mend}")
        for key in ("together", "outsider"):
            for node in self._list(body.get(key)):
                parts = str(node.value).split("&") if isinstance(node, yaml.ScalarNode) else ()
                self._parts(node, [part.strip() for part in parts], used)
        for node in self._list(body.get("within")):
            parts = str(node.value).split("&") if isinstance(node, yaml.ScalarNode) else ()
            self._within(node, [part.strip() for part in parts], used)
        for key in _TO_ITSELF:
            if key in body:
                self._beside(label, key, body[key])
        if "weigh" in body:
            self._weigh(body["weigh"], used)

    def _parts(self, node: yaml.Node, parts: Sequence[str], used: set[str]) -> None:
        """The parts of one line of `together`."""
        if not parts:
            self._at(node, "here belongs a text such as '{goods} & 包邮|自提'")
        for part in parts:
            self._part(node, part, used)
        if parts and all(self._is_wordless(part) for part in parts):
            self._at(node, "a rule needs a list of words beside its patterns")

    def _within(self, node: yaml.Node, parts: Sequence[str], used: set[str]) -> None:
        """The two parts of one line of `within`: a list, and the pattern that it stands in."""
        is_right = len(parts) == WITHIN_PARTS and not self._is_wordless(parts[0])
        if not is_right or parts[1][1:-1] not in self._patterns:
            self._at(
                node, "here belongs a list and the pattern that it stands in: '吗|么 & {ends}'"
            )
            return
        self._part(node, parts[0], used)

    def _part(self, node: yaml.Node, part: str, used: set[str]) -> None:
        if part.startswith("{") and part.endswith("}"):
            name = part[1:-1]
            known = {*self._groups, *self._patterns, LINK}
            if name not in known:
                self._at(node, f"no group or pattern is named {shown(name)}{_near(name, known)}")
            used |= self._own.get(name, set()) | set(self._shipped.groups.get(name, ()))
            return
        words = part.split("|")
        for word in words:
            if not fold(word) or len(word.split()) != 1 or "{" in word:
                self._at(node, f"{shown(word)} is no word; words have | between them")
        for word in {word for word in words if words.count(word) > 1}:
            self._at(node, f"{shown(word)} stands twice in this part")
        used |= set(map(fold, words))

    def _is_wordless(self, part: str) -> bool:
        return part[1:-1] in {*self._patterns, LINK} and part.startswith("{")

    def _weigh(self, node: yaml.Node, used: set[str]) -> None:
        body = self._mapping(node, WEIGH_KEYS)
        missing = [key for key in WEIGH_KEYS if key not in body]
        if missing:
            self._at(node, f"the key `{missing[0]}` is missing")
            return
        need, parts = self._weight(body["need"]), self._mapping(body["of"])
        for part in parts:
            self._part(body["of"], part, used)
        weights = {part: self._weight(value) for part, value in parts.items()}
        if not need or not all(weights.values()):
            return
        if len(weights) > _WEIGHED_MAX:
            self._at(node, f"more than {_WEIGHED_MAX} weights; join some lists")
            return
        ways = sum(1 for _ in least_sets(weights, need))
        if not ways:
            self._at(body["need"], f"all weights together do not reach {need}")
        elif ways > SUBSETS_MAX:
            self._at(body["need"], f"{ways} ways to reach {need}; {SUBSETS_MAX} are allowed")

    def _beside(self, label: str, key: str, node: yaml.Node) -> None:
        """Labels beside which this one is not said, or its rules for outsiders count."""
        named = str(node.value).split() if isinstance(node, yaml.ScalarNode) else []
        if not named:
            self._at(node, "here belong labels with spaces between, or '*'")
        for other in named:
            if other == label:
                self._at(node, f"{label} can't {_TO_ITSELF[key]} itself")
            elif other not in self._labels and other != "*":
                self._at(node, f"unknown label {shown(other)}{_near(other, self._labels)}")

    def _weight(self, node: yaml.Node) -> int:
        """A whole number from 1; 0 where it is none, and the fault is noted."""
        value = str(node.value) if isinstance(node, yaml.ScalarNode) else ""
        if value.isascii() and value.isdecimal() and 0 < int(value[:4]) <= _WEIGHT_MAX:
            return int(value)
        self._at(node, f"here belongs a whole number from 1 to {_WEIGHT_MAX}")
        return 0

    def _pattern(self, node: yaml.Node) -> None:
        options = re2.Options()
        options.log_errors = False
        try:
            re2.compile(str(node.value) if isinstance(node, yaml.ScalarNode) else "(", options)
        except re2.error as error:
            reason = error.args[0] if error.args else ""
            words = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
            self._at(node, f"RE2 refuses this pattern: {words}")

    def _allow(self, label: str, node: yaml.Node) -> None:
        """Every allowed word must hold a word that it excuses."""
        if label == "*":
            held = set().union(*self._used.values(), *_by_label(self._shipped).values())
            held.update(*self._shipped.turns.values())
        else:
            held = self._used.get(label, set()) | _by_label(self._shipped).get(label, set())
        for word, form, mark in self._words(node):
            if not _holds(form, held, shorter=label == "*"):
                what = "no shorter word" if label == "*" else f"no word of {label}"
                self._faults.at(mark, f"{shown(word)} allows nothing: {what} stands in it")

    def _words(self, node: yaml.Node) -> _Words:
        """The words of a list with their places; what is none, or stands twice, is noted."""
        if not isinstance(node, yaml.ScalarNode) or not str(node.value).split():
            self._at(node, "here belong words with spaces between")
            return ()
        words: list[tuple[str, str, Mark]] = []
        first: dict[str, Mark] = {}
        for word, mark in self._placed(node):
            form = fold(word)
            if not form or "{" in word:
                self._faults.at(mark, f"{shown(word)} is no word: nothing is left in normal form")
            elif form in first:
                self._faults.at(mark, f"{shown(word)} stands in line {first[form].line} already")
            else:
                first[form] = mark
                words.append((word, form, mark))
        return words

    def _placed(self, node: yaml.ScalarNode) -> Iterator[tuple[str, Mark]]:
        """Each word of a scalar with its own place; the scalar's, where YAML wrote it otherwise."""
        at = mark_of(node.start_mark)
        place = self._starts[at.line - 1] + at.column - 1
        if node.style in (">", "|"):
            place = self._text.find("\n", place)
        for word in str(node.value).split():
            found = self._text.find(word, place)
            if found < 0:
                yield word, at
                continue
            place = found + len(word)
            line = bisect_right(self._starts, found)
            yield word, Mark(line, found - self._starts[line - 1] + 1)

    def _mapping(
        self, node: yaml.Node | None, known: Collection[str] | None = None
    ) -> dict[str, yaml.Node]:
        """The entries of a mapping; unknown and double keys are noted and left out."""
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            keys = f" with the keys {', '.join(known)}" if known and len(known) < 9 else ""
            self._at(node, f"here belongs a mapping{keys}")
            return {}
        entries: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            what = "label" if known is self._labels else "key"
            if key in entries:
                self._at(key_node, f"the {what} {shown(key)} stands here twice; keep one")
            elif not key or (known is not None and key not in known):
                self._at(key_node, f"unknown {what} {shown(key)}{_near(key, known or ())}")
            else:
                entries[key] = value
        return entries

    def _list(self, node: yaml.Node | None) -> Sequence[yaml.Node]:
        if node is None:
            return ()
        if not isinstance(node, yaml.SequenceNode):
            self._at(node, "here belongs a list: a line with `- ` for each")
            return ()
        nodes: list[yaml.Node] = node.value
        return nodes

    def _at(self, node: yaml.Node, message: str) -> None:
        self._faults.at(mark_of(node.start_mark), message)


def _is_of_cues(root: yaml.Node) -> bool:
    """Whether a list file's labels are ways of speaking: one is, and none is a finding."""
    entries = root.value if isinstance(root, yaml.MappingNode) else ()
    bodies = [body for key, body in entries if key.value == "labels"]
    named = {
        key.value
        for body in bodies
        if isinstance(body, yaml.MappingNode)
        for key, _ in body.value
        if isinstance(key, yaml.ScalarNode)
    }
    return not CUES.isdisjoint(named) and named.isdisjoint(LABELS)


def _near(word: str, known: Collection[str]) -> str:
    return hint(word, sorted(known)) if known else ""


def _by_label(lexicon: Lexicon) -> dict[str, set[str]]:
    """The words that take part in finding each label."""
    words: dict[str, set[str]] = {}
    for rule in lexicon.rules:
        for group in rule.groups:
            words.setdefault(rule.label.partition("~")[0], set()).update(
                lexicon.groups.get(group, ())
            )
    return words


def _holds(form: str, words: Collection[str], *, shorter: bool) -> bool:
    """Whether one of the words stands in a form; `shorter`: one that is not all of it."""
    size = len(form)
    return any(
        form[start:end] in words
        for start in range(size)
        for end in range(start + 1, size + 1)
        if not shorter or end - start < size
    )
