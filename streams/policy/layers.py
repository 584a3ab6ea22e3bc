"""Packs over packs: district, school, grade, class. A narrower one names the wider one with `over`,
and holds only what differs from it.

The trees of nodes are merged before the types look at them, so each value keeps the place, and the
file, where it stands; what is published is the whole pack, and no worker knows of layers.
"""

from collections.abc import Callable, Iterable
from typing import Final

import yaml

from streams.policy.fault import Faults, hint, shown
from streams.policy.nodes import compose, mark_of

Wider = Callable[[str], tuple[str, str] | None]
"""The source and the text of the pack with an id; None where there is none."""

LAYERS_MAX: Final = 4
OVER: Final = "over"
FIXED: Final = "fixed"
BEFORE: Final = "before"
DEFAULT: Final = "default"
_BY_ID: Final = frozenset({"rules", "clauses"})
"""Lists that are merged item by item, by `id`; any other list is replaced."""


def nobody(_: str) -> None:
    """No pack is wider: for texts that stand alone."""


def composed(text: str, faults: Faults, wider: Wider) -> yaml.Node | None:
    """The root node of the text over all wider packs that it names; None with the faults noted."""
    layers: list[yaml.MappingNode] = []
    seen: list[str] = []
    while True:
        root = compose(text, faults)
        if not isinstance(root, yaml.MappingNode) or (over := _value(root, OVER)) is None:
            break
        layers.append(root)
        found = _found(over, seen, wider, faults)
        if found is None:
            return None
        faults, text = faults.of(found[0]), found[1]
    if not isinstance(root, yaml.MappingNode):
        return root
    fixed = _fixed(root, root, faults)
    for layer in reversed(layers):
        _refuse_fixed(layer, fixed, faults)
        root = _merged(root, layer, faults)
        fixed |= _fixed(layer, root, faults)
    return _without(root, (OVER, FIXED))


def _found(
    over: yaml.Node, seen: list[str], wider: Wider, faults: Faults
) -> tuple[str, str] | None:
    """The next wider pack; None with the fault noted."""
    mark, name = mark_of(over.start_mark), str(over.value)
    if not isinstance(over, yaml.ScalarNode):
        faults.at(mark, "`over` is the id of one pack, such as school-3")
    elif name in seen:
        faults.at(mark, f"{shown(name)} stands over itself; let `over` lead to a wider pack")
    elif len(seen) >= LAYERS_MAX - 1:
        faults.at(mark, f"more than {LAYERS_MAX} layers; district, school, grade and class are all")
    elif (found := wider(name)) is None:
        faults.at(mark, f"no pack {shown(name)}; it belongs beside this file, as {name}.yaml")
    else:
        seen.append(name)
        return found
    return None


def _refuse_fixed(narrow: yaml.MappingNode, fixed: set[str], faults: Faults) -> None:
    """What a wider pack fixed, no narrower one touches."""
    for key, value in narrow.value:
        if key.value in fixed:
            message = f"{shown(str(key.value))} is fixed by the wider pack; take it out"
            faults.at(mark_of(key.start_mark), message)
        if key.value == "rules":
            _refuse_fixed_rules(value, fixed, faults)


def _fixed(layer: yaml.MappingNode, whole: yaml.MappingNode, faults: Faults) -> set[str]:
    """What a layer fixes for the narrower ones: keys of the pack, and rules as `rules.ID`. Each must
    be there, in the layer or in a wider one.
    """
    named = _value(layer, FIXED)
    if named is None:
        return set()
    if not isinstance(named, yaml.SequenceNode):
        faults.at(mark_of(named.start_mark), "`fixed` is a list: keys, and rules as rules.ID")
        return set()
    rules = {f"rules.{_id_of(rule)}" for rule in _mappings(_value(whole, "rules"))}
    known = sorted(_keys(whole) | rules)
    for item in named.value:
        name = str(item.value)
        if name not in known:
            message = f"nothing here is called {shown(name)}{hint(name, known)}"
            faults.at(mark_of(item.start_mark), message)
    return {str(item.value) for item in named.value}


def _refuse_fixed_rules(rules: yaml.Node, fixed: set[str], faults: Faults) -> None:
    for rule in _mappings(rules):
        name = _id_of(rule)
        if f"rules.{name}" in fixed:
            message = f"the rule {shown(name)} is fixed by the wider pack; take it out"
            faults.at(mark_of(rule.start_mark), message)


def _merged(wide: yaml.MappingNode, narrow: yaml.MappingNode, faults: Faults) -> yaml.MappingNode:
    """A mapping over a mapping, key by key. The word `default` takes the wider value."""
    values = {str(key.value): (key, value) for key, value in wide.value}
    for key, value in narrow.value:
        name = str(key.value)
        # The district's own pack may be called so: a pack over it follows nothing by that.
        if isinstance(value, yaml.ScalarNode) and value.value == DEFAULT and name != OVER:
            if name not in values:
                message = f"the wider pack has no {shown(name)} to follow{hint(name, values)}"
                faults.at(mark_of(value.start_mark), message)
            continue
        known = values.get(name)
        values[name] = (key, value if known is None else _one_over(name, known[1], value, faults))
    return yaml.MappingNode(narrow.tag, list(values.values()), narrow.start_mark, narrow.end_mark)


def _one_over(name: str, wide: yaml.Node, narrow: yaml.Node, faults: Faults) -> yaml.Node:
    if isinstance(wide, yaml.MappingNode) and isinstance(narrow, yaml.MappingNode):
        # Another subject takes the whole place of the wider one: a rule has only one.
        if name == "when" and not _keys(wide) & _keys(narrow):
            return narrow
        return _merged(wide, narrow, faults)
    if name in _BY_ID and isinstance(wide, yaml.SequenceNode):
        return _by_id(wide, narrow, faults)
    return narrow


def _by_id(wide: yaml.SequenceNode, narrow: yaml.Node, faults: Faults) -> yaml.Node:
    """Items over items of the same id; new ones last, or before the one that they name."""
    if not isinstance(narrow, yaml.SequenceNode):
        return narrow
    items = list(wide.value)
    for item in narrow.value:
        names = [_id_of(one) for one in items]
        name = _id_of(item)
        if not isinstance(item, yaml.MappingNode) or name not in names:
            items.insert(_place(item, names, faults), _without(item, (BEFORE,)))
        else:
            at = names.index(name)
            items[at] = _merged(items[at], item, faults)
    return yaml.SequenceNode(narrow.tag, items, narrow.start_mark, narrow.end_mark)


def _place(item: yaml.Node, names: list[str], faults: Faults) -> int:
    before = _value(item, BEFORE)
    if before is None:
        return len(names)
    name = str(before.value)
    if name not in names:
        message = f"no rule {shown(name)} to stand before{hint(name, names)}"
        faults.at(mark_of(before.start_mark), message)
        return len(names)
    return names.index(name)


def _value(node: yaml.Node, name: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for key, value in node.value if key.value == name), None)


def _id_of(node: yaml.Node) -> str:
    named = _value(node, "id")
    return str(named.value) if isinstance(named, yaml.ScalarNode) else ""


def _mappings(node: yaml.Node | None) -> Iterable[yaml.MappingNode]:
    items = node.value if isinstance(node, yaml.SequenceNode) else ()
    return (item for item in items if isinstance(item, yaml.MappingNode))


def _keys(node: yaml.MappingNode) -> set[str]:
    return {str(key.value) for key, _ in node.value}


def _without(node: yaml.Node, names: tuple[str, ...]) -> yaml.Node:
    if not isinstance(node, yaml.MappingNode):
        return node
    left = [(key, value) for key, value in node.value if key.value not in names]
    return yaml.MappingNode(node.tag, left, node.start_mark, node.end_mark)
