"""Cases: what a rule has answered already, so that one flood is one strike and one night one
reminder.

A case is (name, time, text): the rule, when the case was (its beginning, or the moment of its
newest message), and the text's fingerprint where it is about one (of a full window: its last
moment). Rules in shadow have names of their own, so that
a trial takes nothing from what is live; late records, and staff's, for the like reason.
"""

from typing import Final

from streams.state import CASES_MAX, Member
from streams.tally import is_one_case

CASES_OF_RULE_MAX: Final = 8
"""A rule needs its newest ones: late records are seldom about older nights or windows."""


Names = tuple[str, ...]
"""Under which names a finding looks for its case; the first is the one that it is noted under."""


def has_case(member: Member, names: Names, begin: int, end: int, text: int = 0) -> bool:
    """Whether a case of one of the names, about this text, lies between `begin` and `end`
    (included).
    """
    for known, at, about in member.cases:
        if known in names and begin <= at <= end and text == about:
            return True
    return False


def has_window(member: Member, names: Names, begin: int, end: int, since: int) -> bool:
    """Whether a window from `begin` to `end` has its answer: by a case of one of the names that
    began after `since`, or that has messages of it. Such a case's text is its last moment.
    """
    return any(
        is_one_case((first, last), (begin, end), since)
        for known, first, last in member.cases
        if known in names
    )


def note_case(member: Member, names: Names, begin: int, at: int, text: int = 0) -> None:
    """Remember a case under the first name, in place of those of that name and text from `begin`
    to `at`: they are the same one. The oldest of its rule give way, then the oldest of all.
    """
    name = names[0]
    cases = [
        case
        for case in member.cases
        if not (case[0] == name and begin <= case[1] <= at and case[2] == text)
    ]
    if len(cases) >= CASES_OF_RULE_MAX:
        of_rule = [case for case in cases if case[0] == name]
        for case in of_rule[: 1 - CASES_OF_RULE_MAX]:
            cases.remove(case)
        del cases[: 1 - CASES_MAX]
    member.cases = (*cases, (name, at, text))
