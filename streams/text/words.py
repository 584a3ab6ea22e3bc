"""Findings of the word lists.

One automaton holds every word of every list. A message in which none of them stands is clean
after one pass; only what was found is looked at again: whether it is really one word, whether a
longer allowed word holds it, and whether the sentence turns it (a warning, a rule that is quoted,
homework).
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from itertools import accumulate, chain, islice, product
from typing import Final, NamedTuple

import re2
from msgspec import Struct

from streams.text.disguises import COMMON, Hit, Suspect
from streams.text.lexicon import LINK, OUTSIDER, TURNS, Lexicon, LexiconFault
from streams.text.lookalikes_signs import PICTURES
from streams.text.lookout import Lookout, Seen, look
from streams.text.match import CUES, Found
from streams.text.normal import fold, skeleton
from streams.text.page import Page, Span, Turn
from streams.text.row import Row, pictured

_HITS_MAX: Final = 200
"""Places of one list that are looked at in one message: a bound on the work, not on sense."""

BACKWARDS: Final = "backwards"
"""The group whose words count when they are written from the end, too."""

_NEAR: Final = 40
"""Words that mean something together stand within so many letters."""

# What no quotation and no warning makes better: the finding is in the words or the number itself.
_SAID: Final = frozenset({"abuse", "vulgar", "discrimination", "conflict", "violence"})
_BARE: Final = frozenset({"privacy_phone", "privacy_id", "privacy_address", "privacy_other"})
_TRADE: Final = frozenset({"ad", "vote_canvass", "bargain", "donation", "media", "chitchat"})
# What is for sale hides by its sound alone (代够, 宏包); of insults, jokes and beliefs that are two
# characters long, too many ordinary words and names have the sound.
_HIDDEN: Final = frozenset(
    {"ad", "red_packet", "vote_canvass", "fraud", "gambling", "porn", "illegal", "bargain"}
)
# What a word against it may stand behind of (拼单就别发了). Who offers or cheats says such words, too:
# 要的私我，别发群里.
_SENT: Final = frozenset(
    {"red_packet", "vote_canvass", "bargain", "donation", "media", "chitchat", "grades"}
)
_DOUBTED: Final = frozenset({"rumour", "defame_school", "politics", "criticise_child", "secret"})


# Of the ways of speaking those that are told of, too: a drill, news, an illness on record, advice.
_TOLD: Final[Mapping[str, tuple[str, ...]]] = {
    "urgent": ("never",),
    "emergency": ("never", "about"),
    "incite": ("never",),
    "proposal": ("quote",),
}


class Words:
    """A lexicon made ready: automata, and numbers in place of the words' and groups' names."""

    def __init__(self, lexicon: Lexicon, base: "Words | None" = None) -> None:
        """`base`: a smaller lexicon made ready, whose automata serve this one too."""
        self.lexicon = lexicon
        named: dict[str, Iterable[str]] = dict(lexicon.groups)
        named |= {f"+{label}": words for label, words in lexicon.allowed.items()}
        named |= {f"?{turn}": words for turn, words in lexicon.turns.items()}
        number = {name: place for place, name in enumerate((*named, *lexicon.patterns, LINK))}
        groups_of: dict[str, dict[int, None]] = {word: {} for word in base.spelled} if base else {}
        for name, words in named.items():
            for word in words:
                groups_of.setdefault(skeleton(word), {})[number[name]] = None
        for word in lexicon.groups.get(BACKWARDS, ()):
            meant = groups_of[skeleton(word)]
            groups_of.setdefault(skeleton(word)[::-1], {}).update(meant)
        self.spelled: list[str] = list(groups_of)
        self.groups_of = [tuple(groups) for groups in groups_of.values()]
        self.link = number[LINK]
        self.patterns = {number[name]: re2.compile(p) for name, p in lexicon.patterns.items()}
        self.allowed = {label: number[f"+{label}"] for label in lexicon.allowed}
        self.turns = {turn: number.get(f"?{turn}", -1) for turn in TURNS}
        self.unworded = frozenset((self.link, *self.patterns))
        self.turning = frozenset((*self.allowed.values(), *self.turns.values()))
        self.rules_of: dict[int, list[_Rule]] = {}
        for rule in self._rules(lexicon, number):
            self.rules_of.setdefault(rule.key, []).append(rule)
        self._prepare(base)

    def _prepare(self, base: "Words | None") -> None:
        """What looks for the words: those of which a finding needs one, and all others."""
        rules = list(chain.from_iterable(self.rules_of.values()))
        # Nobody hides a way of speaking: such words are looked for as they are written.
        hidden = frozenset(g for rule in rules if rule.label not in CUES for g in rule.groups)
        ruled = frozenset(group for rule in rules for group in rule.groups)
        labels: dict[int, set[str]] = {group: set() for group in ruled}
        for rule in rules:
            for group in rule.groups:
                labels[group].add(rule.label)
        self.labels_of = [
            tuple(sorted(set().union(*(labels.get(group, ()) for group in groups))))
            for groups in self.groups_of
        ]
        self.alone = frozenset(rule.key for rule in rules if len(rule.groups) == 1)
        numbers = range(len(self.spelled))
        self.kinds: list[_Kind] = [
            _Kind(
                keyed=not self.rules_of.keys().isdisjoint(self.groups_of[n]),
                eligible=not hidden.isdisjoint(self.groups_of[n]),
                traded=not _HIDDEN.isdisjoint(self.labels_of[n]),
            )
            for n in numbers
        ]
        known = base.kinds if base else []
        fresh = [n for n in numbers if n >= len(known) or self.kinds[n] != known[n]]
        keys = [n for n in fresh if self.kinds[n].keyed]
        others = [n for n in fresh if not self.kinds[n].keyed]
        self.keys: list[Lookout] = [*(base.keys if base else ()), *self._lookouts(keys)]
        self.others: list[Lookout] = [*(base.others if base else ()), *self._lookouts(others)]

    def _lookouts(self, numbers: Sequence[int]) -> Iterator[Lookout]:
        """What looks for these words: nothing where there are none."""
        if numbers:
            yield Lookout(
                {n: self.spelled[n] for n in numbers},
                {n for n in numbers if self.kinds[n].eligible},
                {n for n in numbers if self.kinds[n].traded},
            )

    def _rules(self, lexicon: Lexicon, number: Mapping[str, int]) -> Iterator["_Rule"]:
        """The rules, each under the group that is likely met least often."""
        commonness = {name: sum(map(_commonness, words)) for name, words in lexicon.groups.items()}
        for rule in lexicon.rules:
            groups = tuple(number[name] for name in rule.groups)
            worded = [name for name in rule.groups if number[name] not in self.unworded]
            if not worded:
                raise LexiconFault(f"{rule.label}: a rule needs a list beside {rule.groups}")
            key = min(worded, key=commonness.__getitem__)
            patterns = tuple(group for group in groups if group in self.patterns)
            listed = frozenset(groups) - frozenset(patterns)
            alien = rule.label.endswith(OUTSIDER)
            yield _Rule(rule.label, groups, number[key], listed, patterns, alien, rule.within)


def _commonness(word: str) -> float:
    """How often a word is met, roughly: the commonest characters in three of a hundred places,
    others in three of a thousand, and a letter in five times as many where its word has begun.
    """
    chances = [0.03 if sign in COMMON else 0.003 for sign in skeleton(word)]
    return math.prod(chances) * 5.0 ** (len(chances) - 1)


class _Kind(NamedTuple):
    """What a word is looked for as: a key of rules, in disguise too, even by its sound alone."""

    keyed: bool
    eligible: bool
    traded: bool


class _Rule(Struct, frozen=True, gc=False):
    """`listed`: the groups whose words the automaton finds, or links; `patterns`: the others;
    `for_outsiders`: it holds for them alone; `within`: a word of the first group stands in what the
    second finds.
    """

    label: str
    groups: tuple[int, ...]
    key: int
    listed: frozenset[int]
    patterns: tuple[int, ...]
    for_outsiders: bool
    within: bool


def find_words(
    words: Words,
    row: Row,
    links: Mapping[int, Sequence[Span]],
    outsiders: AbstractSet[int] = frozenset(),
) -> dict[int, list[Found]]:
    """What the lists find in a row's texts, by the text's number. `links`: the places of links in
    those that have any; `outsiders`: the numbers of theirs.
    """
    texts = row.texts
    found = find_plain(words, row, links, outsiders)
    # A picture may be there to be read as a character.
    if numbers := pictured(texts):
        spelt = [texts[number].translate(PICTURES) for number in numbers]
        beside = {at: links.get(number, ()) for at, number in enumerate(numbers)}
        strange = {at for at, number in enumerate(numbers) if number in outsiders}
        for at, more in find_plain(words, Row.of(spelt), beside, strange).items():
            known = found.setdefault(numbers[at], [])
            places = {place[:3] for place in known}
            known += [
                place._replace(plain=False)
                for place in more
                if texts[numbers[at]][place.start : place.end] != spelt[at][place.start : place.end]
                and place[:3] not in places
            ]
    return found


def find_plain(
    words: Words,
    row: Row,
    links: Mapping[int, Sequence[Span]],
    outsiders: AbstractSet[int] = frozenset(),
) -> dict[int, list[Found]]:
    """As `find_words`, but no picture is read as a character."""
    keys = look(words.keys, row)
    # A finding needs a word of these; most texts have none.
    if not keys:
        return {}
    numbers = sorted(keys)
    others = look(words.others, row.only(numbers))
    found: dict[int, list[Found]] = {}
    for at, number in enumerate(numbers):
        seen = keys[number]
        if at in others:
            seen.hits.extend(others[at].hits)
            seen.suspects.extend(others[at].suspects)
        several = _found_in(
            words, row.texts[number], seen, links.get(number, ()), outsider=number in outsiders
        )
        if several:
            found[number] = several
    return found


def _found_in(
    words: Words, text: str, seen: Seen, links: Sequence[Span], *, outsider: bool
) -> list[Found]:
    """What the rules make of the words that were seen in a text."""
    hits = seen.hits
    hidden = _hidden(words, hits, seen.suspects)
    hits += [(suspect.word, suspect.start, suspect.end) for suspect in hidden]
    rules = _rules_met(words, [words.groups_of[word] for word, _, _ in hits], bool(links))
    if not outsider:
        rules = [rule for rule in rules if not rule.for_outsiders]
    if not rules:
        return []
    folded = fold(text)
    rules, patterned = _patterned(words, rules, folded)
    if not rules:
        return []
    certain = frozenset((suspect.start, suspect.end) for suspect in hidden if suspect.whole)
    page = Page(text, folded, certain)
    spans = _spans(words, hits, rules) | patterned
    spans[words.link] = [page.folded_span(span) for span in links[:_HITS_MAX]]
    places = _Places(words, page, spans)
    found: dict[str, list[Span]] = {}
    for rule in rules:
        found.setdefault(rule.label, []).extend(places.found_by(rule))
    veiled = [page.text_span((suspect.start, suspect.end)) for suspect in hidden]
    veiled += [page.text_span((start, end)) for _, start, end in hits if page.is_parted(start, end)]
    return [
        Found(label, start, end, not any(start <= first and last <= end for first, last in veiled))
        for label, several in found.items()
        for start, end in _shortest(several)
    ]


def _hidden(words: Words, hits: Sequence[Hit], suspects: list[Suspect]) -> list[Suspect]:
    """Words in disguise, those with nothing but their sound only beside others of their kind."""
    if not suspects:
        return suspects
    suspects = _widest(suspects)
    if all(suspect.alone for suspect in suspects):
        return suspects
    sure = chain(hits, ((s.word, s.start, s.end) for s in suspects if s.alone))
    company = _company(words, sure)
    return [s for s in suspects if s.alone or _is_in_company(words, s, company)]


def _widest(suspects: list[Suspect]) -> list[Suspect]:
    """Of one word the suspects that do not lie within another: 扌殳票, and not the 殳票 in it."""
    kept: list[Suspect] = []
    for suspect in sorted(suspects, key=lambda s: (s.word, s.start, -s.end, not s.alone)):
        if kept and kept[-1].word == suspect.word and suspect.end <= kept[-1].end:
            continue
        kept.append(suspect)
    return kept


def _company(words: Words, hits: Iterable[Hit]) -> dict[str, Span]:
    """For each label where the first of its words ends and where the last one begins."""
    company: dict[str, Span] = {}
    for word, start, end in hits:
        for label in words.labels_of[word]:
            first, last = company.get(label, (end, start))
            company[label] = min(first, end), max(last, start)
    return company


def _is_in_company(words: Words, suspect: Suspect, company: Mapping[str, Span]) -> bool:
    """Whether the word means something only beside another, or one of its kind stands there."""
    if words.alone.isdisjoint(words.groups_of[suspect.word]):
        return True
    return any(
        company[label][0] <= suspect.start or suspect.end <= company[label][1]
        for label in words.labels_of[suspect.word]
        if label in company
    )


def _shortest(spans: Sequence[Span]) -> list[Span]:
    """The spans that hold no other one: each is as much text as its finding needs."""
    kept: list[Span] = []
    for start, end in sorted(set(spans), key=lambda span: (span[1], -span[0])):
        if not kept or start > kept[-1][0]:
            kept.append((start, end))
    return kept


def _rules_met(words: Words, met: Iterable[Iterable[int]], linked: bool) -> list[_Rule]:
    """The rules of which every list has a word in the text: the question that most texts end at."""
    groups = set(chain.from_iterable(met))
    if linked:
        groups.add(words.link)
    keys = sorted(groups & words.rules_of.keys())
    return [rule for key in keys for rule in words.rules_of[key] if rule.listed <= groups]


def _spans(words: Words, hits: Iterable[Hit], rules: Iterable[_Rule]) -> dict[int, list[Span]]:
    """Where the lists that the rules need have their words, in order."""
    needed = words.turning.union(*(rule.listed for rule in rules))
    spans: dict[int, list[Span]] = {}
    for word, start, end in hits:
        for group in words.groups_of[word]:
            if group in needed:
                known = spans.get(group)
                if known is None:
                    spans[group] = [(start, end)]
                elif len(known) < _HITS_MAX:
                    known.append((start, end))
    return spans


def _patterned(
    words: Words, rules: Sequence[_Rule], folded: str
) -> tuple[list[_Rule], dict[int, list[Span]]]:
    """The rules whose patterns are found too, and where those are."""
    spans: dict[int, list[Span]] = {}
    for pattern in {pattern for rule in rules for pattern in rule.patterns}:
        found = islice(words.patterns[pattern].finditer(folded), _HITS_MAX)
        spans[pattern] = [match.span() for match in found]
    return [rule for rule in rules if all(spans[pattern] for pattern in rule.patterns)], spans


class _Places:
    """Where the lists' words really stand in one text, and what the rules find there."""

    def __init__(self, words: Words, page: Page, spans: Mapping[int, list[Span]]) -> None:
        self._words = words
        self._page = page
        self._spans = spans
        self._longer = self._allowed("*")
        self._real: dict[int, list[Span]] = {}
        self._turning: dict[str, Turn | None] = {}

    def found_by(self, rule: _Rule) -> Iterator[Span]:
        """What a rule finds, as places in the text."""
        allowed = self._allowed(rule.label)
        found = [_outside(self._standing(group), allowed) for group in rule.groups]
        if not all(found):
            return
        turning = [turn for kind in _turned_by(rule.label) if (turn := self._turn(kind))]
        is_sent = rule.label in _SENT
        for span in _held(*found) if rule.within else _near(found):
            if not any(turn.turns(span, is_sent) for turn in turning):
                yield self._page.text_span(span)

    def _allowed(self, label: str) -> Sequence[Span]:
        return self._spans.get(self._words.allowed.get(label, -1), ())

    def _standing(self, group: int) -> list[Span]:
        """The places of a list's words: not those that a longer word covers, nor those where
        letters of two words only met; a pattern looks for itself.
        """
        if group not in self._real:
            spans = _unless_longer(self._spans[group], self._longer)
            if group not in self._words.unworded:
                spans = [span for span in spans if self._page.is_word(span)]
            self._real[group] = spans
        return self._real[group]

    def _turn(self, kind: str) -> Turn | None:
        """What the words of a kind turn; None where none of them stands."""
        if kind not in self._turning:
            spans = _outside(self._spans.get(self._words.turns[kind], ()), self._longer)
            self._turning[kind] = self._page.turn(kind, spans) if spans else None
        return self._turning[kind]


def _unless_longer(spans: list[Span], longer: Sequence[Span]) -> list[Span]:
    """The places that no longer word of any meaning covers."""
    if not longer:
        return spans
    return [
        (start, end)
        for start, end in spans
        if not any(
            first <= start and end <= last and last - first > end - start for first, last in longer
        )
    ]


def _outside(spans: Sequence[Span], allowed: Sequence[Span]) -> Sequence[Span]:
    """The places that no allowed word covers: the longest word wins, and of equals the allowed."""
    if not allowed:
        return spans
    return [
        (start, end)
        for start, end in spans
        if not any(first <= start and end <= last for first, last in allowed)
    ]


def _near(found: Sequence[Sequence[Span]]) -> Iterator[Span]:
    """The shortest stretches that hold a place of each list, by a window over all of them."""
    if len(found) == 1:
        yield from found[0]
        return
    places = sorted([(span, which) for which, spans in enumerate(found) for span in spans])
    latest: dict[int, tuple[Span, ...]] = {}
    for span, which in places:
        latest[which] = (span, *latest.get(which, ())[:1])
        if len(latest) == len(found):
            # The last place of a list may lie within another's; then the one before it counts.
            others = [spans for other, spans in latest.items() if other != which]
            for spans in product((span,), *others):
                start = min([start for start, _ in spans])
                end = max([end for _, end in spans])
                if end - start <= _NEAR and not _is_one_word(spans):
                    yield start, end
                    break


def _held(words: Sequence[Span], places: Sequence[Span]) -> Iterator[Span]:
    """The places that hold a word."""
    ordered = sorted(words)
    starts = [start for start, _ in ordered]
    # Where the first of the words ends that begin at each or behind it.
    ends = list(accumulate((end for _, end in reversed(ordered)), min))[::-1]
    for first, last in places:
        at = bisect_left(starts, first)
        if at < len(ends) and ends[at] <= last:
            yield first, last


def _is_one_word(spans: Sequence[Span]) -> bool:
    """Whether one of the places lies within another: the 单 of 一单 is no second word beside it."""
    return any(
        first <= start and end <= last
        for at, (first, last) in enumerate(spans)
        for start, end in (*spans[:at], *spans[at + 1 :])
    )


@cache
def _turned_by(label: str) -> tuple[str, ...]:
    """The kinds of words that make a finding of this label none."""
    label = label.removesuffix(OUTSIDER)
    if label in CUES:
        return _TOLD.get(label, ())
    if label in _BARE:
        return ()
    if label in _SAID:
        return ("quote",)
    doubt = ("ask",) if label in _DOUBTED else ()
    plain = ("notice",) if label in _TRADE else ()
    # Who spreads an alarm warns with it, and so does who blames a child before all.
    never = ("never",) if label not in ("rumour", "criticise_child") else ()
    # A parent who asks about one child names the lesson; that makes it nobody else's affair.
    about = ("about",) if label != "private_matter" else ()
    return (*never, "forbid", *about, "quote", *doubt, *plain)
