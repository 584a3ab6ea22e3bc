"""What a platform that counts says of calls under one id."""

from pathlib import Path

from tests.system.platform import Call, CountingPlatform, Repeats, Span, calls_in, repeats


def test_a_call_once_is_no_repeat() -> None:
    assert repeats({"a": [Call(1, "remind")]}, []) == Repeats(0, 0, 0)


def test_a_repeat_is_explained_by_its_kind_or_by_what_redis_forgot_and_else_by_nothing() -> None:
    calls = {
        "mute": [Call(1, "mute"), Call(5, "mute")],
        "remind": [Call(1, "remind"), Call(5, "remind"), Call(9, "remind")],
    }

    assert repeats(calls, []) == Repeats(again=1, forgotten=0, unexplained=2)
    assert repeats(calls, [Span(2, 3)]) == Repeats(again=0, forgotten=2, unexplained=1)
    assert repeats(calls, [Span(10, 11)]) == Repeats(again=1, forgotten=0, unexplained=2)


def test_a_file_that_is_not_there_holds_no_calls(tmp_path: Path) -> None:
    assert calls_in(tmp_path / "none") == {}
    assert CountingPlatform(tmp_path / "calls", lambda: 0).capabilities.kinds
