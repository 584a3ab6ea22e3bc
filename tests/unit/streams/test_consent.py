"""What the group's own people must agree to: the group itself, and another pack."""

import msgspec
import pytest

from schemas.event import RosterLine
from schemas.policy import PolicyQuorum, Rule, When
from tests.strategies import (
    MINUTE,
    NOON,
    PACKETS,
    TEACHERS,
    Chat,
    command,
    join,
    kinds,
    message,
    policy,
    red_packet,
    roster,
    unapproved,
)

LATER = NOON + MINUTE
FOUNDED = Rule(
    id="founded",
    text="群须经班委批准",
    clause="C1",
    when=When(group="unapproved"),
    handling="plain",
    do=("escalate",),
    about="group",
    to="class_cadre",
)
CADRES = tuple(RosterLine(member_id=name, role="class_cadre") for name in ("k1", "k2"))
OLD = policy(PACKETS, id="old", policy_quorum=PolicyQuorum(by="class_cadre"))
NEW = policy(PACKETS, id="new")
NAMED = NEW.ref.version


# --- the group


def founded() -> Chat:
    chat = Chat(unapproved(FOUNDED, PACKETS, authority=("class_cadre",)))
    chat.send(roster(lines=(*TEACHERS, *CADRES)))
    return chat


def test_the_first_message_asks_for_approval_once_and_live() -> None:
    chat = founded()
    chat.send(join("j", NOON, "p2"))

    (asked,) = chat.send(message("e0", NOON, "早"))

    assert (asked.kind, asked.member_id, asked.mode) == ("escalate", None, "live")
    assert asked.params["to_role"] == "class_cadre"
    assert chat.send(message("e1", NOON, "早", "p2")) == []


@pytest.mark.parametrize("rule", [FOUNDED, msgspec.structs.replace(FOUNDED, about=None)])
def test_until_it_is_approved_all_else_is_a_trial(rule: Rule) -> None:
    chat = Chat(unapproved(rule, PACKETS, authority=("class_cadre",)))
    chat.send(roster(lines=(*TEACHERS, *CADRES)))

    asked, *trial = chat.send(red_packet("r0", NOON))

    assert (asked.kind, asked.mode) == ("escalate", "live")
    assert {action.mode for action in trial} == {"shadow"}
    chat.send(command("c", "approve", LATER, member="p1"))
    assert {action.mode for action in chat.send(red_packet("r1", LATER))} == {"shadow"}
    chat.send(command("d", "approve", LATER, member="k1"))
    assert {action.mode for action in chat.send(red_packet("r2", LATER))} == {"live"}
    assert chat.strikes() == 1


def test_a_plain_message_under_a_pack_that_wants_approval_asks_for_it() -> None:
    # Who wrote under another pack is known to the quick look, which must not pass this by.
    wanting = unapproved(FOUNDED, PACKETS, id="wanting")
    chat = Chat(policy(PACKETS), wanting)
    chat.send(roster(), message("e0", NOON, "早"), message("e1", NOON, "早安"))
    chat.send(command("c", "policy", LATER, policy=wanting.ref.version), join("j", LATER, "p3"))

    assert kinds(chat.send(message("e2", LATER, "晚安"))) == ["escalate@None"]


# --- the pack


def council(*cadres: RosterLine) -> Chat:
    chat = Chat(OLD, NEW)
    chat.send(roster(lines=(*TEACHERS, *cadres)))
    return chat


def judged_by(chat: Chat, event_id: str) -> str:
    return chat.send(red_packet(event_id, LATER))[0].policy.id


def test_another_pack_judges_only_when_all_who_must_have_agreed() -> None:
    chat = council(*CADRES)

    (asked,) = chat.send(command("c", "policy", NOON, policy=NAMED))

    assert (asked.kind, asked.member_id) == ("review", None)
    assert asked.params == {"to_role": "class_cadre", "proposal": "policy", "quorum": 2}
    chat.send(command("y1", "approve", NOON, member="k1"))
    chat.send(command("y2", "approve", NOON, member="k1"))
    assert judged_by(chat, "r0") == "old"


def ranked() -> Chat:
    """A council whose cadres have authority, by their rank."""
    chat = council(*CADRES)
    chat.send(*(join(f"rank-{name}", NOON, name, platform_role="admin") for name in ("k1", "k2")))
    return chat


def test_the_last_yes_puts_it_in_force() -> None:
    chat = ranked()
    chat.send(command("c", "policy", NOON, policy=NAMED))

    chat.send(command("y1", "approve", NOON, member="k2"))
    chat.send(command("y2", "approve", NOON, member="k1"))

    assert judged_by(chat, "r0") == "new"


def test_who_orders_it_agrees_to_it() -> None:
    chat = ranked()
    chat.send(command("c", "policy", NOON, member="k1", policy=NAMED))

    chat.send(command("y", "approve", NOON, member="k2"))

    assert judged_by(chat, "r0") == "new"


def test_a_yes_to_another_pack_is_none_and_a_no_ends_it() -> None:
    chat = ranked()
    chat.send(command("c", "policy", NOON, member="k1", policy=NAMED))

    chat.send(command("y0", "approve", NOON, member="k2", policy="0" * 32))
    assert judged_by(chat, "r0") == "old"
    chat.send(command("n", "reject", NOON), command("y1", "approve", NOON, member="k2"))

    assert judged_by(chat, "r1") == "old"


def test_a_new_order_begins_the_count_anew() -> None:
    chat = ranked()
    chat.send(command("c", "policy", NOON, member="k1", policy=NAMED))
    chat.send(command("d", "policy", NOON, policy=NAMED))

    chat.send(command("y", "approve", NOON, member="k2"))

    assert judged_by(chat, "r0") == "old"


def test_where_the_roster_has_none_who_must_agree_the_order_is_enough() -> None:
    chat = council()

    chat.send(command("c", "policy", NOON, policy=NAMED))

    assert judged_by(chat, "r0") == "new"
