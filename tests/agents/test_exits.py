import re
import subprocess
import sys
from pathlib import Path

import pytest

from agents import exits
from agents.exits import MEND, REASONS, RESTART, leave
from tests.agents.fakes import Left

ROOT = Path(exits.__file__).parents[1]
SOURCES = sorted(Path(exits.__file__).parent.glob("*.py"))


def named_in_the_sources() -> set[str]:
    found = set()
    for source in SOURCES:
        found |= set(re.findall(r'leave\(\s*"(\w+)"', source.read_text("utf-8")))
        found |= set(re.findall(r'leave, \("(\w+)"', source.read_text("utf-8")))
        found |= set(re.findall(r'kept\("(\w+)"', source.read_text("utf-8")))
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


FULL_PIPE = """
import os, sys
from agents.exits import leave
os.set_blocking(2, False)
try:
    while True:
        os.write(2, b"x" * 65_536)
except BlockingIOError:
    os.set_blocking(2, True)
leave("stalled")
"""


def test_a_full_pipe_that_nobody_reads_does_not_keep_the_process() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", FULL_PIPE], stderr=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.wait(60) == RESTART


HELD = """
import re, time
from agents.lease import Lease
from agents.watchdog import Watchdog
print("begun", flush=True)
lease = Lease(10)
Watchdog(lease, silence_s_max=1e9, pause_s=0.05, held_s_more=1.0 - 1e9).start()
time.sleep(0.5)
re.match(r"(a+)+$", "a" * 64 + "b")
"""


def test_native_code_that_holds_the_interpreter_ends_the_process() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HELD], capture_output=True, cwd=ROOT, timeout=100, check=False
    )

    assert done.stdout == b"begun\n"
    assert done.returncode == 1
    assert b"Timeout (0:00:01" in done.stderr
