from bench.rules import RATE, REPEAT, Finding, Member, judge


def test_the_tenth_message_within_a_minute_is_one_strike_and_the_eleventh_is_none() -> None:
    member = Member()

    found = [judge(member, str(n), n * 1_000, f"text {n}") for n in range(11)]

    assert found[9] == [Finding("9", RATE, 1)]
    assert [f for n, f in enumerate(found) if f and n != 9] == []


def test_a_message_just_a_minute_old_has_left_the_window() -> None:
    member = Member()

    found = [judge(member, str(n), n * 1_000, f"text {n}") for n in range(9)]
    found.append(judge(member, "late", 60_000, "another text"))

    assert found == [[]] * 10


def test_a_flood_that_lasts_is_found_again_after_a_minute() -> None:
    member = Member()

    found = [judge(member, str(n), n * 5_000, f"text {n}") for n in range(30)]

    assert [f for findings in found for f in findings] == [
        Finding("9", RATE, 1),
        Finding("21", RATE, 2),
    ]


def test_the_third_identical_text_in_a_row_is_one_strike_for_its_whole_run() -> None:
    member = Member()

    found = [judge(member, str(n), n * 20_000, "same") for n in range(5)]

    assert found == [[], [], [Finding("2", REPEAT, 1)], [], []]


def test_another_text_between_them_begins_the_run_anew() -> None:
    member = Member()

    texts = ["same", "same", "other", "same", "same"]
    found = [judge(member, str(n), n * 20_000, text) for n, text in enumerate(texts)]

    assert found == [[]] * 5


def test_a_run_ends_ten_minutes_after_its_first_text() -> None:
    member = Member()

    times = [0, 1_000, 600_000]
    found = [judge(member, str(at), at, "same") for at in times]

    assert found == [[]] * 3
