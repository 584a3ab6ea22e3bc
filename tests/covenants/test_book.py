"""The covenants' book: current, and nothing of a covenant without a row, a rule and a scenario."""

import re
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from banzhang.book import BOOK, book, main, packs_in, scenarios_in
from schemas.policy import Clause, Pack
from tests.covenants.reading import HERE, POLICIES

PACKS = packs_in(POLICIES)
SHOWN = scenarios_in(HERE)

WITH_PACKS = pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)


def live_clauses(pack: Pack) -> set[str]:
    return {
        name
        for rule in pack.rules
        if rule.state == "live"
        for name in (rule.clause, *rule.also_clauses)
        if name is not None
    }


def row_of(text: str, pack: Pack, clause: Clause) -> str:
    """The clause's line in its covenant's chapter."""
    chapter = text.partition(f'<a id="{pack.id}"></a>')[2].partition("<a id=")[0]
    (row,) = re.findall(rf"^\| \*\*{clause.id}\*\* .*$", chapter, re.MULTILINE)
    assert isinstance(row, str)
    return row


def automatic(pack: Pack) -> Sequence[Clause]:
    return [clause for clause in pack.clauses if clause.kind == "automatic"]


def test_the_book_is_current() -> None:
    assert main(["--check"]) == 0, "run `make book`"


def test_the_book_holds_every_covenant_and_clause() -> None:
    assert len(PACKS) == 15
    assert sum(len(pack.clauses) for pack in PACKS) == 207


@WITH_PACKS
def test_every_clause_has_a_row_that_says_what_keeps_it(pack: Pack) -> None:
    text = BOOK.read_text(encoding="utf-8")

    for clause in pack.clauses:
        cells = row_of(text, pack, clause).split(" | ")
        assert clause.text in cells[0]
        assert cells[1:2] == [clause.kind]
        assert cells[2].strip()


@WITH_PACKS
def test_every_automatic_clause_has_a_live_rule_or_a_part_that_keeps_it(pack: Pack) -> None:
    live = live_clauses(pack)

    assert [c.id for c in automatic(pack) if c.id not in live and not c.kept_by] == []


@WITH_PACKS
def test_every_automatic_clause_is_tried_by_a_scenario(pack: Pack) -> None:
    assert [c.id for c in automatic(pack) if (pack.id, c.id) not in SHOWN] == []


@WITH_PACKS
def test_every_human_clause_says_how_the_system_helps(pack: Pack) -> None:
    humans = [clause for clause in pack.clauses if clause.kind == "human"]

    assert [c.id for c in humans if not c.help] == []


@WITH_PACKS
def test_a_rule_reads_its_clause_as_the_covenant_has_it(pack: Pack) -> None:
    texts = {clause.id: clause.text for clause in pack.clauses}

    named = [rule for rule in pack.rules if rule.clause is not None]
    assert [rule.id for rule in named if rule.text != texts[str(rule.clause)]] == []


@WITH_PACKS
def test_what_the_law_forbids_is_severe_in_every_covenant_and_its_evidence_handed_in(
    pack: Pack,
) -> None:
    severe = [rule for rule in pack.rules if rule.handling == "severe" and rule.state == "live"]

    always = {label for rule in severe if not rule.when.also for label in rule.when.labels or ()}
    assert always == {"porn", "gambling", "fraud", "illegal", "violence"}
    assert all(rule.package for rule in severe)


@WITH_PACKS
def test_no_covenant_asks_anybody_to_look_at_what_is_only_suspected(pack: Pack) -> None:
    assert [rule.id for rule in pack.rules if rule.when.suspected] == []


def test_a_scenario_that_names_no_clause_of_a_covenant_is_a_slip() -> None:
    known = {(pack.id, clause.id) for pack in PACKS for clause in pack.clauses}

    assert SHOWN.keys() - known == set()


def test_a_rule_in_shadow_and_a_clause_without_a_scenario_are_said_so() -> None:
    pack = PACKS[0]
    trial = replace(pack, rules=tuple(replace(rule, state="shadow") for rule in pack.rules))

    text = book([trial], {})

    assert "`speech` (shadow): abuse or vulgar found → delete, remind, strike 1" in text
    assert row_of(text, trial, trial.clauses[0]).endswith("| – |")
