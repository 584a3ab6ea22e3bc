"""No rule fires in an empty group: where nobody writes and nobody comes, nothing happens."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.event import Event, Leave, RosterLine
from schemas.policy import Pack
from streams.policy import Policy, compile_pack, pack_bytes, read_pack
from tests.strategies import DAY, HOUR, NOON, Chat, outcome, roster, tick

PACKS = sorted((Path(__file__).parents[2] / "policies").glob("*.yaml"))
LINES = (
    RosterLine(member_id="t1", role="head_teacher", name="周敏"),
    RosterLine(member_id="p1", role="parent", name="李芸", student="张一凡"),
)


@pytest.fixture(scope="module", params=PACKS, ids=lambda path: path.stem)
def shipped(request: pytest.FixtureRequest) -> Policy:
    path: Path = request.param
    pack = read_pack(path.read_text(encoding="utf-8"), source=path.name)
    assert isinstance(pack, Pack), list(map(str, pack))
    return compile_pack(pack_bytes(pack))


@st.composite
def silent(draw: st.DrawFn) -> list[Event]:
    """A roster, ticks, members that leave, outcomes of nothing: weeks of it."""
    log: list[Event] = [roster(lines=LINES)] if draw(st.booleans()) else []
    at = NOON
    for number, kind in enumerate(draw(st.lists(st.sampled_from(("tick", "leave", "outcome"))))):
        at += draw(st.sampled_from((HOUR, DAY, 10 * DAY)))
        if kind == "tick":
            log += [tick(at), tick(at, "g1")]
        elif kind == "leave":
            name = f"l{number}"
            log.append(Leave(id=name, platform="qq", group_id="g1", sent_at=at, member_id="p1"))
        else:
            log.append(outcome(f"o{number}", "0" * 32, at=at))
    return log


@settings(max_examples=20)
@given(silent())
def test_nothing_follows_where_nobody_writes_or_comes(shipped: Policy, log: list[Event]) -> None:
    assert Chat(shipped).send(*log) == []
