import re
from pathlib import Path

import pytest

from agents import exits
from agents.exits import MEND, REASONS, RESTART, leave
from tests.agents.fakes import Left

SOURCES = sorted(Path(exits.__file__).parent.glob("*.py"))


def named_in_the_sources() -> set[str]:
    found = set()
    for source in SOURCES:
        found |= set(re.findall(r'leave\(\s*"(\w+)"', source.read_text("utf-8")))
        found |= set(re.findall(r'leave, \("(\w+)"', source.read_text("utf-8")))
    return found | {"group_too_large", "record_too_large"}


def test_every_exit_of_the_sources_is_in_the_table_and_the_other_way_round() -> None:
    assert named_in_the_sources() == REASONS.keys()


@pytest.mark.parametrize("reason", REASONS)
def test_an_exit_says_in_one_line_what_happened_where_and_what_to_do(reason: str) -> None:
    with pytest.raises(Left) as left:
        leave(reason, "t.events 3:\n  at 17")

    line = str(left.value)
    assert line.count("\n") == 1
    assert line.startswith(f"banzhang: exit {reason}: ")
    assert "(t.events 3: at 17)" in line
    assert REASONS[reason].mend in line


def test_exit_codes_tell_what_a_restart_mends() -> None:
    assert {reason.code for reason in REASONS.values()} == {RESTART, MEND}


def test_a_fault_is_named_without_its_words_unless_they_are_of_kafkas_client() -> None:
    from aiokafka.errors import KafkaTimeoutError

    assert exits.named(ValueError("what a child wrote")) == "ValueError"
    assert "late" in exits.named(KafkaTimeoutError("late"))
