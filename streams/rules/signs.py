"""Signs: ways of speaking, attachments and mentions that a rule answers by themselves."""

from collections.abc import Iterator
from typing import Final

from schemas.event import Edit, Message
from streams.explain import sign_words
from streams.rules.filters import fits, rests
from streams.rules.finding import Finding
from streams.shown import Shown, holds
from streams.turn import Turn

SUBJECTS: Final = ("cues", "attachments", "mentions", "message")


def find_signs(
    turn: Turn, event: Message | Edit, shown: Shown, spared: frozenset[str]
) -> Iterator[Finding]:
    """One finding a rule whose sign the message shows, in the pack's order."""
    shows = {
        "cues": shown.said.cues,
        "attachments": shown.types,
        "mentions": shown.mentions,
        "message": ("any",),
    }
    for subject in SUBJECTS:
        if not shows[subject]:
            continue
        for bound in turn.policy.about(subject):
            wanted = bound.rule.when.signs()
            mine = [one for one in wanted if one in shows[subject]]
            if not mine or bound.capability in spared or not fits(turn, bound):
                continue
            if not holds(bound.rule.where, shown):
                continue
            if turn.group.desk.exemptions and rests(turn.group, event, {bound.capability}):
                continue
            yield Finding(
                bound=bound,
                evidence=(event.id,),
                because=sign_words(mine),
                labels=("at_spam",) if subject == "mentions" else (),
            )
