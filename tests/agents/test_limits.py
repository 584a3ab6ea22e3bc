from agents.limits import RejectLimit


def test_too_many_in_a_row_break_the_limit_at_once() -> None:
    limit = RejectLimit(in_row_max=10, share_max=0.5)

    assert limit.broken_by(10, 10, 10) is None
    assert limit.broken_by(1, 1, 11) == "11 in a row, 10 allowed"


def test_too_large_a_share_breaks_it_once_a_window_is_full() -> None:
    limit = RejectLimit(in_row_max=1_000, share_max=0.5, window=100)

    assert limit.broken_by(90, 80, 3) is None
    assert limit.broken_by(10, 0, 0) == "80 of 100, a share of 0.5 allowed"


def test_a_few_bad_records_among_many_good_ones_are_let_through_for_ever() -> None:
    limit = RejectLimit(in_row_max=10, share_max=0.5, window=100)

    assert all(limit.broken_by(30, 9, 3) is None for _ in range(100))
