"""Content: what was found in a message's words, held against the clauses that need it."""

from collections.abc import Callable, Sequence
from typing import Final

from streams.explain import label_words
from streams.policy.bound import Bound
from streams.rules.finding import Finding

FOUND: Final = "内容涉及{}"
SUSPECTED: Final = "程序怀疑内容涉及{}，但没有把握"


def find_contents(
    labels: Sequence[str],
    event_id: str,
    contents: Sequence[Bound],
    wanted: Callable[[Bound], frozenset[str]],
    words: str = FOUND,
) -> list[Finding]:
    """One finding a label and rule: the first rule that needs a label has it. A rule in shadow
    takes none from a live one. `wanted` says which labels a rule may have in this message (none,
    where its filters do not hold), `words` in what way the labels are there.
    """
    found = set(labels)
    taken_by: dict[str, set[str]] = {}
    findings: list[Finding] = []
    for bound in contents:
        taken = taken_by.setdefault(bound.rule.state, set())
        mine = (bound.labels & found) - taken
        if mine:
            mine &= wanted(bound)
        if not mine or (bound.also and not bound.also & found):
            continue
        taken |= mine
        ordered = tuple(label for label in dict.fromkeys(labels) if label in mine)
        findings.append(
            Finding(
                bound=bound,
                evidence=(event_id,),
                because=words.format(label_words(ordered)),
                labels=ordered,
            )
        )
    return findings
