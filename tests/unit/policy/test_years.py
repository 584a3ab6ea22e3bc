"""The calendar's years: the shipped ones, the strict reader, and what a pack lacks of them."""

from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from schemas.calendar import Span, Year
from streams.policy.years import missing_years, read_years, unannounced_years, years_needed

FOLDER = Path(__file__).parents[3] / "policies" / "calendar"

SMALL = """\
year: 2026
source: 通知
announced: true
holidays:
- {name: 元旦, from: 2026-01-01, to: 2026-01-03}
workdays: [2026-01-04]
"""
TODAY = date(2026, 11, 22)


def years_of(texts: dict[str, str]) -> tuple[Year, ...]:
    years = read_years(texts)
    assert isinstance(years, tuple), list(map(str, years))
    return years


def shipped() -> dict[int, Year]:
    texts = {path.name: path.read_text("utf-8") for path in FOLDER.glob("china-*.yaml")}
    return {year.year: year for year in years_of(texts)}


def days(year: Year) -> list[str]:
    return [
        (span.first + timedelta(days=number)).isoformat()[5:]
        for span in year.holidays
        for number in range((span.last - span.first).days + 1)
    ]


def test_2026_is_as_the_state_council_announced_it() -> None:
    year = shipped()[2026]

    assert year.announced
    assert days(year) == [
        *("01-01", "01-02", "01-03"),
        *(f"02-{day}" for day in range(15, 24)),
        *("04-04", "04-05", "04-06"),
        *(f"05-0{day}" for day in range(1, 6)),
        *("06-19", "06-20", "06-21"),
        *("09-25", "09-26", "09-27"),
        *(f"10-0{day}" for day in range(1, 8)),
    ]
    assert [day.isoformat()[5:] for day in year.workdays] == [
        *("01-04", "02-14", "02-28", "05-09", "09-20", "10-10")
    ]


def test_of_2027_the_thirteen_statutory_days_are_known_and_no_more() -> None:
    year = shipped()[2027]

    assert not year.announced
    assert days(year) == [
        *("01-01", "02-05", "02-06", "02-07", "02-08", "04-05", "05-01", "05-02"),
        *("06-09", "09-15", "10-01", "10-02", "10-03"),
    ]
    assert year.workdays == ()


def test_a_file_is_read_as_it_stands() -> None:
    span = Span(name="元旦", first=date(2026, 1, 1), last=date(2026, 1, 3))

    assert years_of({"china-2026.yaml": SMALL}) == (
        Year(year=2026, announced=True, holidays=(span,), workdays=(date(2026, 1, 4),)),
    )


def test_the_order_in_a_file_makes_no_other_year() -> None:
    more = "- {name: 端午节, from: 2026-06-19, to: 2026-06-21}\n"
    at = SMALL.index("- {name: 元旦")
    before = SMALL[:at] + more + SMALL[at:]
    after = SMALL.replace("workdays:", more + "workdays:")

    assert years_of({"a": before}) == years_of({"a": after})


def test_a_published_year_reads_well_and_comes_back() -> None:
    (year,) = years_of({"a": SMALL})
    raw = msgspec.json.encode(year)

    assert b'"from":"2026-01-01"' in raw
    assert msgspec.json.decode(raw, type=Year) == year


@pytest.mark.parametrize(
    ("wrong", "right", "fault"),
    [
        ("year: 2026", "year: 26", '1:7: here belongs a year such as 2026, not "26"'),
        ("year: 2026", 'year: "2026"', '1:7: here belongs a year such as 2026, not "2026"'),
        ("year: 2026\n", "", "1:1: the key `year` is missing"),
        ("holidays", "holiday", '4:1: unknown key "holiday"; did you mean holidays?'),
        ("source", "year", '2:1: the key "year" stands here already; keep one'),
        ("通知", '""', '2:9: here belongs a text of 1 to 200 characters, not ""'),
        ("true", "ja", '3:12: here belongs true or false, not "ja"'),
        ("true", "[true]", "3:12: here belongs true or false, not a list or mapping"),
        (
            "2026-01-01",
            "2026-1-1",
            '5:20: here belongs a day such as 2026-10-01, not "2026-1-1"',
        ),
        (
            "2026-01-03",
            "2026-02-30",
            '5:36: here belongs a day such as 2026-10-01, not "2026-02-30"',
        ),
        (
            "from: 2026-01-01",
            "from: 2025-12-31",
            "5:20: 2025-12-31 is no day of 2026; write it in the file of its own year",
        ),
        (
            "from: 2026-01-01, to: 2026-01-03",
            "from: 2026-01-03, to: 2026-01-01",
            "5:36: it ends (2026-01-01) before it begins (2026-01-03); exchange `from` and `to`",
        ),
        (
            "workdays:",
            "- {name: 假, from: 2026-01-02, to: 2026-01-05}\nworkdays:",
            "6:3: 2026-01-02 stands in line 5 already; a day stands once",
        ),
        (
            "2026-01-04",
            "2026-01-03",
            "6:12: 2026-01-03 stands in line 5 already; a day stands once",
        ),
        (
            "[2026-01-04]",
            "[2026-01-04, 2026-01-04]",
            "6:24: 2026-01-04 stands in line 6 already; a day stands once",
        ),
        (
            "2026-01-04",
            "2026-01-05",
            "6:12: 2026-01-05 is a Monday and worked anyway; a day worked in exchange is a Sat",
        ),
        (
            "\n- {name: 元旦, from: 2026-01-01, to: 2026-01-03}",
            " []",
            "4:11: no year is without holidays; write the statutory ones at least",
        ),
        ("workdays: [2026-01-04]", "workdays: &a [*a]", "6:15: an alias (*) is refused"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_its_mend(
    wrong: str, right: str, fault: str
) -> None:
    assert wrong in SMALL

    faults = read_years({"y.yaml": SMALL.replace(wrong, right, 1)})

    assert isinstance(faults, list), "the year was taken"
    # A wrong key is a missing one as well.
    told = [
        str(found) for found in faults if "is missing" in fault or "is missing" not in str(found)
    ]
    assert [line[: len(f"y.yaml:{fault}")] for line in told] == [f"y.yaml:{fault}"]


def test_a_year_has_one_file() -> None:
    faults = read_years({"b.yaml": SMALL, "a.yaml": SMALL})

    assert isinstance(faults, list)
    assert list(map(str, faults)) == [
        'b.yaml:1:7: 2026 stands in "a.yaml" already; a year has one file'
    ]


def test_hostile_files_bring_a_bounded_number_of_faults() -> None:
    lines = "- {name: 远, from: 2026-01-01, to: 2026-12-31}\n" * 5_000
    text = SMALL.replace("workdays:", lines + "workdays:")

    faults = read_years({f"{name}.yaml": text for name in "abc"})

    assert isinstance(faults, list)
    assert len(faults) == 100


def test_only_words_of_the_calendar_need_its_years() -> None:
    assert years_needed(["mon", "weekdays", "weekends", "term", "exams"], TODAY) == ()
    assert years_needed(["mon", "school_days"], TODAY) == (2026, 2027)


def test_a_missing_year_is_a_fault_that_says_how_to_mend_it() -> None:
    years = years_of({"a": SMALL})

    (fault,) = missing_years("china", years, ["school_days", "mon"], TODAY)
    assert fault.startswith("`school_days` needs 2027, which the calendar china lacks; write ")
    assert fault.endswith("policies/calendar/china-2027.yaml as docs/calendar.md says")
    assert missing_years("china", years, ["mon"], TODAY) == []
    assert len(missing_years("china", (), ["holidays"], TODAY)) == 2
    assert missing_years("china", shipped().values(), ["holidays"], TODAY) == []


def test_a_year_that_is_not_announced_is_worth_a_warning_while_it_is_needed() -> None:
    years = shipped().values()

    (warning,) = unannounced_years("china", years, ["days_off"], TODAY)
    assert warning.startswith("2027 is not announced in the calendar china")
    assert "policies/calendar/china-2027.yaml" in warning
    assert unannounced_years("china", years, ["mon"], TODAY) == []
    assert unannounced_years("china", years, ["days_off"], date(2025, 5, 1)) == []
