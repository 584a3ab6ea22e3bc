"""What people decide, report, dispute and appeal: the same whatever comes twice or dies between."""

from typing import Any, Final

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas.action import Action, decode_action
from schemas.event import Attachment, Event, Report, RosterLine
from schemas.policy import (
    Beside,
    Commands,
    OpenReview,
    PolicyQuorum,
    Reported,
    Reports,
    Rule,
    When,
)
from streams.partition import Partition, Verdict
from streams.parts import (
    CONSENT,
    DISPUTES,
    DISPUTES_MAX,
    REPORTED_MAX,
    REPORTING,
    RULINGS_MAX,
    Consent,
    Disputes,
    Reporting,
)
from tests.strategies import (
    HOUR,
    MINUTE,
    PACKETS,
    TEACHERS,
    Chat,
    command,
    content,
    kinds,
    local,
    message,
    policy,
    red_packet,
    roster,
    stood,
    tick,
)

START: Final = local("09:00")
WORDS: Final = "你家孩子先动手的，凭什么怪我们家孩子"
PEOPLE: Final = ("p1", "p2", "p3", "k1", "k2", "t1", "t2")
CADRES: Final = tuple(RosterLine(member_id=name, role="class_cadre") for name in ("k1", "k2"))


def rule(rule_id: str, when: When, **more: Any) -> Rule:
    fields: dict[str, Any] = {"handling": "plain", "do": ("review",)}
    return Rule(id=rule_id, text="如此。", when=when, **(fields | more))


BOTH: Final = (Beside(about="other_side"),)
RULES: Final = (
    PACKETS,
    content("quarrel", "conflict", handling="judgement", hold=True, beside=BOTH),
    content("words", "abuse", handling="severe"),
    rule("picture", When(reported=Reported(what="message")), propose="delete"),
    rule("crowd", When(reported=Reported(reporters=2)), hold=True, beside=BOTH),
    rule("beyond", When(command="beyond"), to="owner"),
    rule(
        "office",
        When(open_review=OpenReview(to="head_teacher", for_ms=HOUR)),
        do=("escalate",),
        to="school_office",
    ),
)
SHARED: Final[dict[str, Any]] = {
    "ladder": "discretion",
    "mutes": True,
    "ladder_quorum": 2,
    "authority": ("head_teacher", "class_cadre"),
    "commands": Commands(remove=("head_teacher",)),
    "reports": Reports(a_day=3, rejected=2, within_ms=HOUR),
    "policy_quorum": PolicyQuorum(by="class_cadre"),
}
FIRST: Final = policy(*RULES, id="first", **SHARED)
SECOND: Final = policy(*RULES, id="second", **(SHARED | {"ladder": "three_steps"}))
PACKS: Final = {pack.ref.version: pack for pack in (FIRST, SECOND)}

ORDERS: Final = (
    *("warn", "mute", "unmute", "remove", "undo", "exempt"),
    *("policy", "approve", "approve", "approve", "reject", "appeal"),
)
people = st.sampled_from(PEOPLE)
gaps = st.sampled_from((0, 1, 1, MINUTE, 10 * MINUTE, HOUR, 12 * HOUR))
steps = st.tuples(
    st.sampled_from(("order",) * 4 + ("report",) * 2 + ("quarrel", "packet", "picture", "tick")),
    people,
    people,
    gaps,
    st.integers(0, 11),
)


def unfold(plan: list[tuple[str, str, str, int, int]]) -> list[Event]:
    log: list[Event] = [roster(at=START, lines=(*TEACHERS, *CADRES))]
    at = START
    for number, (kind, member, target, gap, pick) in enumerate(plan):
        at += gap
        log.append(_event(kind, f"e{number}", at, member, target, pick, len(log)))
    return log


def _event(
    kind: str, event_id: str, at: int, member: str, target: str, pick: int, many: int
) -> Event:
    if kind == "report":
        earlier = f"e{pick % many}" if pick % 3 else None
        return Report(
            id=event_id,
            platform="qq",
            group_id="g1",
            sent_at=at,
            member_id=member,
            target_id=target,
            message_id=earlier,
        )
    if kind == "quarrel":
        text = WORDS if pick % 3 else "傻逼"
        return message(event_id, at, text, member, mentions=(target,) if pick % 2 else ())
    if kind == "packet":
        return red_packet(event_id, at, member)
    if kind == "picture":
        return message(event_id, at, "", member, attachments=(Attachment(type="image"),))
    if kind == "tick":
        return tick(at)
    name = ORDERS[pick]
    args: dict[str, Any] = {"policy": list(PACKS)[at % 2]} if name == "policy" else {}
    whom = None if name in ("policy", "appeal") or (name == "approve" and pick == 7) else target
    # Half of the orders come from who may give them.
    by = {"p1": "t1", "p2": "k1", "p3": "k2"}.get(member, member)
    return command(event_id, name, at, whom, by if pick % 2 else member, **args)


plans = st.lists(steps, min_size=1, max_size=40).map(unfold)


def judged(log: list[Event]) -> tuple[Chat, list[Action]]:
    chat = Chat(FIRST, SECOND)
    return chat, chat.send(*log)


@given(plans)
def test_what_comes_twice_changes_nothing(log: list[Event]) -> None:
    chat, _ = judged(log)
    states = chat.states()

    for event in log:
        assert chat.send(event) == []

    assert chat.states() == states


@given(plans)
def test_what_died_after_any_record_goes_on_from_the_changelog(log: list[Event]) -> None:
    _, wanted = judged(log)
    records: dict[bytes, bytes] = {}
    found: list[Action] = []
    for offset, event in enumerate(log):
        verdict = _restarted(records, stood(offset, event))
        found += [decode_action(value) for _, value in verdict.actions]
        for key, value, _ in (change for group in verdict.changes for change in group):
            if value is None:
                records.pop(key, None)
            else:
                records[key] = value

    assert found == wanted


def _restarted(records: dict[bytes, bytes], record: Any) -> Verdict:
    """What a new process makes of one record, with what the old one wrote down."""
    partition = Partition(topic="events", number=0, partitions=0)
    partition.begin_with(FIRST.ref.version)
    for key, value in records.items():
        partition.load(key, value)
    return partition.judge(partition.read([record]), PACKS)


@given(plans)
def test_one_id_has_one_content(log: list[Event]) -> None:
    contents: dict[str, Action] = {}
    for action in judged(log)[1]:
        assert contents.setdefault(action.id, action) == action


@given(plans)
def test_members_alone_remove_mute_and_strike_nobody(log: list[Event]) -> None:
    unordered: list[Event] = [
        event for event in log if not msgspec.to_builtins(event).get("command", {}).get("name")
    ]
    reports: list[Event] = [event for event in unordered if isinstance(event, Report)]
    rest: list[Event] = [event for event in unordered if not isinstance(event, Report)]

    chat, _ = judged([unordered[0], *reports])
    assert all(chat.strikes(member) == 0 for member in chat.group().members)

    # Reports among other records bring nothing but questions, and may only soften what follows.
    with_, without = judged(unordered)[1], judged(rest)[1]
    assert "remove" not in [action.kind for action in with_]
    for kind in ("delete", "mute"):
        hit, known = ([a.id for a in some if a.kind == kind] for some in (with_, without))
        assert set(hit) <= set(known)


@given(plans)
def test_nobody_is_asked_about_himself(log: list[Event]) -> None:
    for action in judged(log)[1]:
        if action.kind == "review" and action.member_id == "t1":
            assert action.params["to_role"] != "head_teacher"


@given(plans)
def test_what_is_kept_is_bounded_and_who_reported_is_not_named(log: list[Event]) -> None:
    chat, actions = judged(log)
    group = chat.group()
    reporting = group.look(REPORTING, Reporting) or Reporting()
    disputes = group.look(DISPUTES, Disputes) or Disputes()
    consent = group.look(CONSENT, Consent) or Consent()

    assert len(reporting.reported) <= REPORTED_MAX
    assert max(len(disputes.known), len(disputes.held)) <= DISPUTES_MAX
    assert len(disputes.rulings) <= RULINGS_MAX
    assert len(consent.approvals) <= len(CADRES)
    kept = msgspec.msgpack.encode(reporting)
    assert not [name for name in PEOPLE if name.encode() in kept]
    assert len(kinds(actions)) == len(actions)
