"""YAML text as a tree of nodes that know their place: syntax, and nothing that could hurt.

PyYAML's composer is recursive and its aliases make small texts large, so the stream of events is
looked through before a tree is made of it.
"""

from typing import Any, Final

import yaml
from yaml.reader import Reader

from streams.policy.fault import Faults, Mark

PACK_BYTES_MAX: Final = 1 << 20
DEPTH_MAX: Final = 16
"""A pack nests five levels; the composer's own recursion must stay far from the stack's end."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Named:
    """A text with the name of its source: PyYAML puts the name into each mark."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self._left = text

    def read(self, size: int = -1, /) -> str:
        """The next letters, as a file gives them."""
        end = len(self._left) if size < 0 else size
        given, self._left = self._left[:end], self._left[end:]
        return given


def mark_of(mark: Any) -> Mark:
    """PyYAML's mark (of either of its two parsers) as people count; the first place for None."""
    return Mark(1, 1) if mark is None else Mark(mark.line + 1, mark.column + 1, mark.name)


def compose(text: str, faults: Faults) -> yaml.Node | None:
    """The root node of the text, or None with the reason among the faults. Never raises on text."""
    if not _readable(text, faults):
        return None
    try:
        if not _harmless(_Named(text, faults.source), faults):
            return None
        root: yaml.Node | None = yaml.compose(_Named(text, faults.source), Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        faults.at(mark_of(error.problem_mark or error.context_mark), _syntax(error))
        return None
    except yaml.YAMLError:
        faults.at(Mark(1, 1), "this is no YAML text")
        return None
    if root is None:
        faults.at(Mark(1, 1), "the file is empty; a pack begins with `id:` (see docs/policies.md)")
    return root


def _readable(text: str, faults: Faults) -> bool:
    # No more than this can be within the bound, and a lone surrogate could not be encoded.
    size = len(text) if len(text) > PACK_BYTES_MAX else len(text.encode("utf-8", "replace"))
    if size > PACK_BYTES_MAX:
        faults.at(Mark(1, 1), f"larger than {PACK_BYTES_MAX} bytes; this is no policy pack")
        return False
    strange = Reader.NON_PRINTABLE.search(text.removeprefix("\ufeff"))
    if strange is None:
        return True
    before = text.removeprefix("\ufeff")[: strange.start()]
    mark = Mark(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
    code = f"U+{ord(strange.group()):04X}"
    faults.at(mark, f"the character {code} may not stand in a pack; save the file as UTF-8 text")
    return False


def _harmless(text: _Named, faults: Faults) -> bool:
    """Look through the events: no alias, no depth, one document."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                faults.at(mark_of(event.start_mark), "a second document; one file holds one pack")
                return False
        elif isinstance(event, yaml.AliasEvent):
            faults.at(mark_of(event.start_mark), "an alias (*) is refused; write its content out")
            return False
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEPTH_MAX:
                faults.at(mark_of(event.start_mark), "nested more deeply than a pack can be")
                return False
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return True


def _syntax(error: yaml.MarkedYAMLError) -> str:
    words = " ".join(" ".join(filter(None, (error.context, error.problem))).split())
    if "tab" in words or "\\t" in words:
        words += "; indent with spaces"
    return f"YAML: {words[:200]}"
