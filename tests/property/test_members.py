"""What holds of members whatever comes, and in whatever order: who is there, under which name, and
who was away for long.
"""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.event import Event, Join, Leave, Rename, RosterLine
from schemas.policy import NamePattern, Rule, When
from tests.strategies import DAY, NOON, Chat, message, policy, roster, tick

CLASS = [
    RosterLine(member_id="t1", role="head_teacher"),
    RosterLine(member_id="p1", role="parent", student="王浩然"),
    RosterLine(member_id="p2", role="parent", student="陈可欣"),
]
ASK = Rule(id="name", text="。", when=When(name="wrong"), handling="plain", do=("rename_request",))
ABSENT = Rule(
    id="absent", text="。", when=When(absent_ms=3 * DAY), handling="plain", do=("remind",)
)
NAMED = policy(ASK, names=(NamePattern(by=("parent",), has="{child}"),))


def record(kind: str, at: int, name: str) -> Event:
    by: dict[str, Any] = {
        "id": f"{kind}{at}",
        "platform": "qq",
        "group_id": "g1",
        "sent_at": at,
        "member_id": "p1",
    }
    if kind == "message":
        return message(f"m{at}", at, "早")
    if kind == "leave":
        return Leave(**by)
    return Join(name=name, **by) if kind == "join" else Rename(name=name, **by)


doings = st.lists(
    st.tuples(
        st.sampled_from(("message", "join", "leave", "rename")),
        st.integers(1, 600_000),
        st.sampled_from(("王浩然妈妈", "静好", "陈可欣妈妈")),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda doing: doing[1],
).flatmap(lambda found: st.tuples(st.just(sorted(found, key=lambda one: one[1])),
                                  st.permutations(found)))  # fmt: skip


@given(doings)
def test_the_newest_record_says_who_is_there_and_under_which_name(doings: Any) -> None:
    """Whatever the order in which they come, as long as none is late."""
    ordered, mixed = doings
    chat = Chat(NAMED)
    chat.send(roster(at=NOON - DAY, lines=CLASS))

    chat.send(*(record(kind, NOON + at, name) for kind, at, name in mixed))

    member = chat.member()
    assert member.is_present == (ordered[-1][0] != "leave")
    names = [doing for doing in ordered if doing[0] in ("join", "rename")]
    if names and ordered[-1][0] != "leave" and names[-1][2] == "王浩然妈妈":
        assert member.misnamed == 0
    assert member.named_at == (NOON + names[-1][1] if names else 0)


@given(
    st.lists(
        st.tuples(st.sampled_from(("p1", "p2", "t1")), st.integers(0, 5 * DAY)),
        min_size=1,
        max_size=8,
    ),
    st.lists(st.integers(0, 40 * DAY), max_size=6),
)
def test_each_absence_is_found_at_its_own_time_and_once(
    words: list[tuple[str, int]], ticks: list[int]
) -> None:
    at = NOON
    log: list[Event] = []
    for number, (member, gap) in enumerate(words):
        at += gap
        log.append(message(f"m{number}", at, "早", member))
    log += [tick(NOON + after) for after in ticks]
    end = max(event.sent_at for event in log) + 10 * DAY
    chat = Chat(policy(ABSENT))
    chat.send(roster(at=NOON - DAY, lines=CLASS))

    actions = chat.send(*sorted(log, key=lambda event: event.sent_at), tick(end))

    found = sorted((action.member_id, action.decided_at) for action in actions)
    assert found == sorted(absences(words, end))


def absences(words: list[tuple[str, int]], end: int) -> list[tuple[str, int]]:
    """Each parent's times of three full days without a word, one by one."""
    at = NOON
    times: dict[str, list[int]] = {"p1": [], "p2": []}
    for member, gap in words:
        at += gap
        times.get(member, []).append(at)
    return [
        (member, over)
        for member, wrote in times.items()
        for since, until in pairwise([*wrote, end])
        for over in range(since + 3 * DAY, until + 1, 3 * DAY)
    ]
