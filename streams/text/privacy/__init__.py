"""What a message gives away of people: numbers, homes, ids, plates, a class's roll.

Everything is looked for in one spelling of the text (`streams.text.spelling`), so that each kind
is found in each disguise. A message with few digits and letters is left after counting them.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from streams.text.privacy.accounts import find_accounts, find_mails, find_plates
from streams.text.privacy.addresses import find_addresses, may_hold_address
from streams.text.privacy.cards import find_cards
from streams.text.privacy.identity import find_identities, find_passports
from streams.text.privacy.phones import find_named_phones, find_phones
from streams.text.privacy.runs import ALIKE, Figures
from streams.text.spelling import Spelling, count_signs, spell

__all__ = ["Given", "digits_of", "find_private"]

Given = tuple[str, int, int]
"""A label, and start and end of what is given away."""

_NUMBER_MIN: Final = 10
"""Fewer figures are no number of a person's, but for those that are named so."""
_DIGITS_MIN: Final = 3
"""Fewer true digits leave too many letters o and l to be one."""
SIGNS_MIN: Final = 5
"""Fewer digits and letters are neither a number nor an id."""
NAMED_MIN: Final = 7
"""Fewer digits are no number, whatever names it."""
_ID_MIN: Final = 6
"""Fewer letters and digits are no account and no plate, but for an account of five digits."""
_FINDINGS_MAX: Final = 100
"""Findings of one kind in one message: a bound on the work. More would judge it no worse."""


def find_private(
    text: str,
    public: Sequence[str] = (),
    allowed: Sequence[str] = (),
    reached: bool = True,
) -> list[Given]:
    """What the text gives away. `public`: digits of numbers that are nobody's own; `allowed`: hosts
    whose mail addresses are nobody's own; `reached`: whether ids and mail addresses by which people
    are reached count.
    """
    digits, letters = count_signs(text)
    found: list[Given] = []
    spelling: Spelling | None = None
    if digits + letters >= SIGNS_MIN:
        spelling = spell(text)
        if digits >= _DIGITS_MIN:
            found = _numbers(spelling.plain, digits, public)
        found += _others(spelling.plain, digits, letters, allowed if reached else None, found)
        found = [(label, *spelling.span(start, end)) for label, start, end in found]
    if may_hold_address(text, digits):
        homes = find_addresses(spelling or spell(text))
        found += [("privacy_address", *span) for span in homes]
    return found


def digits_of(number: str) -> str:
    """The digits of a number as somebody wrote it, without the country's."""
    figures = Figures(spell(number).plain)
    digits = "".join(group.digits.removesuffix("x") for group in figures.groups)
    return digits.removeprefix("86") if len(digits) == 13 else digits


def _others(
    plain: str, digits: int, letters: int, hosts: Sequence[str] | None, taken: Sequence[Given]
) -> list[Given]:
    """Plates, and, where `hosts` (whose mail is nobody's own) are given, ids and mail addresses."""
    several: list[Iterable[tuple[int, int]]] = []
    if letters and digits > 1 and digits + letters >= _ID_MIN:
        several.append(find_plates(plain))
    if hosts is not None and (digits >= SIGNS_MIN or digits + letters >= _ID_MIN):
        several.append(find_accounts(plain))
    if hosts is not None and letters > 3:
        several.append(find_mails(plain, hosts))
    spans = [span for kind in several for span in islice(kind, _FINDINGS_MAX)]
    places = [(start, end) for _, start, end in taken]
    return [("privacy_other", *span) for span in _free(spans, places)] if spans else []


def _numbers(plain: str, digits: int, public: Sequence[str]) -> list[Given]:
    """Numbers, each place as one thing: a card's digits are no telephone's."""
    kinds: list[tuple[str, Iterable[tuple[int, int, str]]]] = []
    if digits >= NAMED_MIN:
        kinds = [("privacy_id", find_passports(plain)), ("privacy_phone", find_named_phones(plain))]
    if digits + sum(map(plain.count, ALIKE)) >= _NUMBER_MIN:
        figures = Figures(plain)
        kinds += [
            ("privacy_id", find_identities(figures)),
            ("privacy_other", find_cards(figures)),
            ("privacy_phone", find_phones(figures)),
        ]
    found: list[Given] = []
    for label, several in kinds:
        free = ((start, end) for start, end, number in several if not _is_public(number, public))
        spans = list(islice(free, _FINDINGS_MAX))
        taken = [(start, end) for _, start, end in found]
        found += [(label, *span) for span in _free(spans, taken)]
    return found


def _is_public(digits: str, public: Sequence[str]) -> bool:
    return any(digits == number or digits.endswith(number) for number in public if len(number) > 6)


def _free(
    spans: Iterable[tuple[int, int]], taken: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """The spans that neither one before them nor what is taken overlaps."""
    last = -1
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= last and not any(begin < end and start < stop for begin, stop in taken):
            yield start, end
            last = end
