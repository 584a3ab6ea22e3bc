"""`python -m banzhang.operations`: writes the tables of docs/operations.md anew from the code.

Exits, metrics and the endpoints' reasons are declared in `agents/`; a table by hand would lag
behind them when it is needed, at 22:05.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from agents import health, metrics
from agents.exits import REASONS

FILE: Final = Path(__file__).parents[1] / "docs" / "operations.md"


def tables() -> Mapping[str, str]:
    """The generated tables by their names."""
    return {
        "exits": table(
            ("name", "code", "what happened", "what to do"),
            ((f"`{name}`", str(one.code), one.meaning, one.mend) for name, one in REASONS.items()),
        ),
        "metrics": table(
            ("name", "type", "unit", "labels", "meaning"),
            (
                (
                    f"`{one.name}`",
                    one.kind,
                    one.unit,
                    ", ".join(f"`{label}`" for label in one.labels),
                    one.about,
                )
                for one in sorted(metrics.DECLARED)
            ),
        ),
        "health": table(
            ("reason", "meaning"),
            ((f"`{name}`", meaning) for name, meaning in health.REASONS.items()),
        ),
    }


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def written_anew(text: str) -> str:
    """The document with its tables as they are now. Raises ValueError where one has no place."""
    for name, content in tables().items():
        begin, end = f"<!-- {name}: generated -->\n", f"<!-- {name}: end -->"
        if (text.count(begin), text.count(end)) != (1, 1):
            raise ValueError(f"{FILE.name} has not one place for the table `{name}`")
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}{content}\n{end}{rest.partition(end)[2]}"
    return text


if __name__ == "__main__":
    FILE.write_text(written_anew(FILE.read_text(encoding="utf-8")), encoding="utf-8")
