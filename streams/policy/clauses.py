"""The covenant's clauses, held against the rules that stand for them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from streams.policy.fault import hint, shown
from streams.policy.shape import Path, Shape

Rules = Sequence[tuple[Path, dict[str, Any]]]


def check_clauses(shape: Shape, pack: Mapping[str, Any], rules: Rules) -> None:
    """Note clauses that nothing keeps, and rules that name a clause which is not there.

    A pack without `clauses` is no covenant's, and names them as it likes.
    """
    clauses = pack.get("clauses")
    if clauses is None:
        return
    lines: dict[str, int] = {}
    for i, clause in enumerate(clauses):
        name, mark = clause.get("id"), shape.mark(("clauses", i, "id"))
        if name in lines:
            message = f"the clause {shown(name)} stands in line {lines[name]} already; keep one"
            shape.faults.at(mark, message)
        elif name is not None:
            lines[name] = mark.line
    named = _named(shape, rules, lines)
    for i, clause in enumerate(clauses):
        if "id" in clause and "kind" in clause:
            _kept(shape, ("clauses", i), clause, named.get(clause["id"], ()))


def _named(shape: Shape, rules: Rules, known: Mapping[str, int]) -> dict[str, list[str]]:
    """The states of the rules that name each clause; unknown names are noted."""
    named: dict[str, list[str]] = {}
    for path, rule in rules:
        for key, name in _names_in(rule):
            if name not in known:
                mark = shape.mark((*path, *key))
                shape.faults.at(mark, f"no clause {shown(name)}{hint(name, known)}")
            named.setdefault(name, []).append(rule.get("state", "live"))
    return named


def _names_in(rule: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    if "clause" in rule:
        yield ("clause",), rule["clause"]
    for i, name in enumerate(rule.get("also_clauses", ())):
        yield ("also_clauses", i), name


def _kept(shape: Shape, path: Path, clause: Mapping[str, Any], states: Sequence[str]) -> None:
    name, mark = shown(clause["id"]), shape.mark((*path, "id"))
    if clause["kind"] == "automatic":
        if "live" not in states and not clause.get("kept_by"):
            message = f"the clause {name} is automatic, but no live rule names it"
            shape.faults.at(mark, f"{message}; write one, or `kept_by`")
    elif not (states or clause.get("kept_by") or clause.get("help")):
        message = f"nothing keeps the clause {name}; name it in a rule, or write `kept_by` or"
        shape.faults.at(mark, f"{message} `help`")
