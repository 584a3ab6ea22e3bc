"""One behaviour suite over all adapters."""

import io
from collections.abc import Callable
from typing import NamedTuple

import pytest

from adapters.file import BadLine, FileAdapter, Keyed, events_of
from adapters.memory import MemoryAdapter
from adapters.protocol import ALL_KINDS, Adapter
from adapters.terminal import TerminalAdapter, line_of
from schemas.action import decode_action
from tests.contract.actions import NOW, action_of


class Subject(NamedTuple):
    """An adapter, and how many actions its platform has taken."""

    adapter: Adapter
    taken: Callable[[], int]


def memory() -> Subject:
    adapter = MemoryAdapter(lambda: NOW)
    return Subject(adapter, lambda: len(adapter.performed))


def terminal() -> Subject:
    out = io.StringIO()
    adapter = TerminalAdapter(out, lambda: NOW, colour=False)
    return Subject(adapter, lambda: out.getvalue().count("\n"))


def file() -> Subject:
    out = io.BytesIO()
    adapter = FileAdapter(out, lambda: NOW)
    return Subject(adapter, lambda: len([decode_action(x) for x in out.getvalue().splitlines()]))


@pytest.fixture(params=[memory, terminal, file], ids=lambda make: make.__name__)
def subject(request: pytest.FixtureRequest) -> Subject:
    made: Subject = request.param()
    return made


@pytest.mark.parametrize("kind", sorted(ALL_KINDS))
async def test_an_action_is_taken_once_and_answered_with_its_own_names(
    subject: Subject, kind: str
) -> None:
    action = action_of(kind=kind)  # type: ignore[arg-type]
    assert kind in subject.adapter.capabilities.kinds

    outcome = await subject.adapter.perform(action)

    assert subject.taken() == 1
    assert outcome.status == "done"
    assert (outcome.action_id, outcome.platform, outcome.group_id) == ("a1", "qq", "g1")
    assert outcome.at == NOW


async def test_actions_are_taken_in_their_order(subject: Subject) -> None:
    for name in ("a", "b", "c"):
        assert (await subject.adapter.perform(action_of(name))).action_id == name

    assert subject.taken() == 3


async def test_an_action_about_the_whole_group_is_taken(subject: Subject) -> None:
    await subject.adapter.perform(action_of(kind="mute_all", member_id=None))

    assert subject.taken() == 1


def test_a_line_on_the_terminal_names_the_cause_and_no_account() -> None:
    line = line_of(action_of(explain="60秒内\n10条"), colour=False)

    assert "flood.rate: 60秒内 10条" in line
    assert "提醒" in line
    assert "m-of-a-person" not in line
    assert "\n" not in line


def test_colours_stand_in_the_line_only_where_asked_for() -> None:
    assert "\x1b[" in line_of(action_of(), colour=True)
    assert "\x1b[" not in line_of(action_of(), colour=False)


def test_a_file_of_events_gives_records_under_their_groups_key() -> None:
    good = b'{"id":"1","kind":"leave","platform":"qq","group_id":"g","member_id":"m","sent_at":1}'

    told = list(events_of([good + b"\n", b"\n", b"not json\n"]))

    assert told[0] == Keyed(b"qq:g", good)
    assert isinstance(told[1], BadLine)
    assert (told[1].number, told[1].rejected.reason) == (3, "not_json")


@pytest.mark.parametrize(
    "group_id", ["a\nb", "a\x1b[2Jb", "a\rb", "a\u202eb", "a\x9bb", "a\u2028b"]
)
def test_an_id_that_a_terminal_would_obey_is_written_out(group_id: str) -> None:
    line = line_of(action_of(group_id=group_id), colour=False)

    assert line.isprintable()
    assert f"qq:{group_id.encode('unicode_escape').decode()}" in line
