"""Words for days in a pack: the calendar's years that they need, and the pack's own spans."""

from datetime import date

import pytest

from banzhang.packs import years_at_hand
from schemas.policy import Pack
from streams.policy import compile_pack, pack_bytes, read_pack
from streams.policy.days import unannounced
from streams.policy.years import Years
from tests.strategies import Chat, kinds, local, message

PACK = """\
id: small
title: 小公约
version: "1"
ladder: guide
terms: [{name: 秋季, from: 2026-09-01, to: 2027-01-22}]
rules:
- id: night
  text: 夜里请安静
  when: {quiet_hours: {from: "22:00", to: "06:00", days: [school_days]}}
  handling: quiet
"""
KNOWN = years_at_hand().known
TODAY = date(2026, 9, 7)
AT_HAND = Years(TODAY, KNOWN)


def pack_of(text: str, years: Years | None = AT_HAND) -> Pack:
    pack = read_pack(text, source="p.yaml", years=years)
    assert isinstance(pack, Pack), list(map(str, pack))
    return pack


def faults_of(text: str, years: Years | None = AT_HAND) -> list[str]:
    faults = read_pack(text, source="p.yaml", years=years)
    assert isinstance(faults, list), "the pack was taken"
    return list(map(str, faults))


def test_the_years_that_the_days_need_are_part_of_the_published_pack() -> None:
    pack = pack_of(PACK)

    assert [year.year for year in pack.years] == [2026, 2027]
    assert compile_pack(pack_bytes(pack)).pack == pack


def test_a_pack_without_such_words_carries_no_year_and_keeps_its_hash() -> None:
    plain = PACK.replace("school_days", "term")

    assert pack_of(plain).years == ()
    assert pack_bytes(pack_of(plain)) == pack_bytes(pack_of(plain, None))


def test_a_missing_year_is_a_fault_at_the_word_that_needs_it() -> None:
    (fault,) = faults_of(PACK, Years(date(2027, 3, 1), KNOWN))

    assert fault.startswith("p.yaml:9:59: `school_days` needs 2028")
    assert "policies/calendar/china-2028.yaml" in fault


def test_a_word_that_needs_years_is_no_guess_where_none_are_at_hand() -> None:
    assert "none are at hand" in faults_of(PACK, None)[0]


def test_a_year_that_is_not_announced_is_told() -> None:
    (warning,) = unannounced(pack_of(PACK), TODAY)

    assert warning.startswith("2027 is not announced")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        ("{name: 秋, from: 2026-09-02, to: 2026-09-01}", "it ends before it begins"),
        ("{name: 秋, from: 2026-09-31, to: 2026-10-01}", "a day such as 2026-09-01"),
        ("{name: 秋, from: 2026-09-01, to: 2126-09-01}", "longer than 400 days"),
        ("{name: 秋, from: 2026-09-01}", "the key `to` is missing"),
    ],
)
def test_a_span_that_is_none_is_told(span: str, words: str) -> None:
    text = PACK.replace("{name: 秋季, from: 2026-09-01, to: 2027-01-22}", span)

    assert any(words in fault for fault in faults_of(text))


def test_nobody_writes_the_years_into_a_pack() -> None:
    assert any("unknown key" in fault for fault in faults_of(PACK + "years: []\n"))


@pytest.mark.parametrize(
    ("day", "month", "held"),
    [
        (7, 9, ["remind"]),  # a Monday
        (12, 9, []),  # a Saturday
        (20, 9, ["remind"]),  # a Sunday that is worked
        (1, 10, []),  # a public holiday
        (31, 8, []),  # a Monday before the term
    ],
)
def test_quiet_hours_hold_on_the_days_that_the_rule_names(
    day: int, month: int, held: list[str]
) -> None:
    chat = Chat(compile_pack(pack_bytes(pack_of(PACK))))

    assert kinds(chat.send(message("e", local("22:00", day, month), "在吗"))) == held


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    chat = Chat(compile_pack(pack_bytes(pack_of(PACK))))

    assert kinds(chat.send(message("e0", local("05:59", 12), "在吗"))) == ["remind"]
    assert chat.send(message("e1", local("05:59", 13), "在吗")) == []
