"""Counts within a period: by member, group, text, mention; what fills a window, and what does not."""

import msgspec
import pytest

from schemas.event import Attachment, Message
from schemas.policy import Beside, Count, Repeat, Rule, When, Where
from tests.strategies import (
    MINUTE,
    NOON,
    REPEAT,
    SECOND,
    Chat,
    command,
    content,
    counting,
    kinds,
    message,
    policy,
    recall,
    roster,
)

PICTURE = Attachment(type="image")
PICTURES = counting(
    "pictures",
    Count(of="attachments", at_least=3, within_ms=10 * MINUTE),
    where=Where(attachments=("image", "video")),
)
SEVERAL = counting(
    "several",
    Count(of="members", at_least=3, within_ms=30 * MINUTE, by="group"),
    where=Where(labels=("chitchat", "abuse")),
    do=None,
    escalate=("head_teacher",),
    about="group",
)
CALLED = counting(
    "called",
    Count(at_least=3, within_ms=10 * MINUTE, by="mentioned"),
    where=Where(mentions=("member",), not_reply_to=("mentioned",)),
    strike=1,
)


def pictures(event_id: str, number: int, at: int = NOON, member: str = "p1") -> Message:
    return message(event_id, at, "", member, attachments=(PICTURE,) * number)


def test_three_pictures_of_one_message_fill_a_window() -> None:
    assert kinds(Chat(policy(PICTURES)).send(pictures("e0", 3))) == ["remind"]


def test_pictures_of_several_messages_are_added_up_within_the_period() -> None:
    chat = Chat(policy(PICTURES))

    assert chat.send(pictures("e0", 1), pictures("e1", 1, NOON + 9 * MINUTE)) == []
    (remind,) = chat.send(pictures("e2", 1, NOON + 10 * MINUTE - 1))

    assert remind.evidence == ("e0", "e1", "e2")
    assert "10分钟内3个附件" in remind.explain


def test_a_period_ends_before_the_moment_that_is_its_length_away() -> None:
    chat = Chat(policy(PICTURES))

    assert chat.send(pictures("e0", 2), pictures("e1", 1, NOON + 10 * MINUTE)) == []


def test_a_full_window_is_answered_once() -> None:
    chat = Chat(policy(PICTURES))

    assert len(chat.send(pictures("e0", 3), pictures("e1", 3, NOON + MINUTE))) == 1


def test_other_members_pictures_do_not_fill_mine() -> None:
    chat = Chat(policy(PICTURES))

    assert chat.send(pictures("e0", 2), pictures("e1", 1, member="p2")) == []


def test_the_staff_count_for_no_rule_that_does_not_name_them() -> None:
    chat = Chat(policy(PICTURES))
    chat.send(roster())

    assert chat.send(pictures("e0", 5, member="t1")) == []


def test_a_recalled_message_counts_no_more() -> None:
    chat = Chat(policy(PICTURES))
    chat.send(pictures("e0", 2), recall("r", "e0", NOON + SECOND))

    assert chat.send(pictures("e1", 1, NOON + MINUTE)) == []


def test_three_members_with_such_findings_are_told_of_as_one_matter_of_the_group() -> None:
    chat = Chat(policy(SEVERAL, content("words", "abuse", handling="speech")))

    first = chat.send(message("e0", NOON, "傻逼"), message("e1", NOON + 1, "傻逼玩意", "p2"))
    third = chat.send(message("e2", NOON + 29 * MINUTE, "你个傻逼", "p3"))

    assert "escalate@None" not in kinds(first)
    (escalate,) = [action for action in third if action.kind == "escalate"]
    assert (escalate.member_id, escalate.params) == (None, {"to_role": "head_teacher"})
    assert escalate.evidence == ("e0", "e1", "e2")


def test_one_member_three_times_is_no_matter_of_three_members() -> None:
    chat = Chat(policy(SEVERAL))

    assert chat.send(*[message(f"e{i}", NOON + i, f"傻逼{i}") for i in range(3)]) == []


def test_the_third_mention_of_one_member_is_a_strike() -> None:
    chat = Chat(policy(CALLED))
    sent = [message(f"e{i}", NOON + i, f"在吗{i}", mentions=("p2",)) for i in range(3)]

    (remind,) = chat.send(*sent)

    assert (remind.kind, remind.labels, remind.strikes) == ("remind", ("at_spam",), 1)


def test_mentions_of_different_members_are_counted_apart() -> None:
    chat = Chat(policy(CALLED))
    sent = [message(f"e{i}", NOON + i, f"在吗{i}", mentions=(f"q{i}",)) for i in range(4)]

    assert chat.send(*sent) == []


def test_a_mention_in_a_reply_to_that_member_does_not_count() -> None:
    chat = Chat(policy(CALLED))
    chat.send(message("q", NOON, "谁有教材", "p2"))
    sent = [
        message(f"e{i}", NOON + 1 + i, f"我有{i}", mentions=("p2",), reply_to="q") for i in range(3)
    ]

    assert chat.send(*sent) == []


def test_the_same_question_of_three_members_is_escalated_with_a_proposal() -> None:
    asked = counting(
        "asked",
        Count(of="members", at_least=3, within_ms=24 * 60 * MINUTE, by="text"),
        do=None,
        escalate=("head_teacher",),
        propose="announce",
        about="group",
    )
    chat = Chat(policy(asked))
    texts = ["几点放学？", "几點放學", "几点 放学?"]

    actions = chat.send(
        *[message(f"e{i}", NOON + i, text, f"q{i}") for i, text in enumerate(texts)]
    )

    assert [action.params for action in actions] == [
        {"to_role": "head_teacher", "suggest": "announce"}
    ]


@pytest.mark.parametrize(("days", "kinds_of"), [(6, ["delete", "remind"]), (8, ["remind"])])
def test_the_second_advertisement_of_a_week_is_deleted(days: int, kinds_of: list[str]) -> None:
    often = Rule(
        id="often",
        text="不要频繁发送广告",
        when=When(count=Count(at_least=2, within_ms=7 * 24 * 60 * MINUTE, answer="each")),
        where=Where(labels=("ad",)),
        handling="clear",
    )
    chat = Chat(policy(often, content("ads", "ad", do=("remind",), strike=0)))
    ad = "低价代购奶粉，私聊下单"

    assert kinds(chat.send(message("e0", NOON, ad))) == ["remind"]
    assert kinds(chat.send(message("e1", NOON + days * 24 * 60 * MINUTE, ad))) == kinds_of


def test_a_file_sent_three_times_is_a_flood_whatever_stands_beside_it() -> None:
    files = Rule(
        id="files",
        text="不能就同一信息多次刷屏",
        when=When(repeat=Repeat(times=3, within_ms=10 * MINUTE, of="files")),
        handling="flood",
    )
    chat = Chat(policy(files))
    file = (Attachment(type="file", name="通知.docx"),)
    sent = [message(f"e{i}", NOON + i, f"看这里{i}", attachments=file) for i in range(4)]

    assert [kinds(chat.send(one)) for one in sent] == [[], [], ["delete", "remind"], ["delete"]]
    assert chat.strikes() == 1


def test_a_count_goes_on_under_a_new_version_of_the_pack() -> None:
    second = policy(PICTURES, version="2")
    chat = Chat(policy(PICTURES), second)
    chat.send(roster(), pictures("e0", 2))
    chat.send(command("c", "policy", NOON, policy=second.ref.version))

    assert kinds(chat.send(pictures("e1", 1, NOON + MINUTE))) == ["remind"]


def test_who_is_named_beside_is_told_too() -> None:
    quarrel = content(
        "quarrel",
        "conflict",
        handling="judgement",
        beside=(Beside(about="other_side"),),
    )
    chat = Chat(policy(quarrel))

    actions = chat.send(
        message("e0", text="你家孩子先动手的，凭什么怪我们家孩子", mentions=("p2",))
    )

    assert kinds(actions) == ["remind", "review", "remind@p2"]


def test_others_between_break_a_row_only_where_the_policy_says_so() -> None:
    when = When(repeat=Repeat(times=3, within_ms=10 * MINUTE, broken_by="anyone"))
    broken = msgspec.structs.replace(REPEAT, when=when)
    log = [message(f"e{i}", NOON + i * SECOND, "团购接龙") for i in range(3)]
    log.insert(2, message("o", NOON + 1_500, "好的呀", "p2"))

    assert kinds(Chat(policy(REPEAT)).send(*log)) == ["delete", "remind"]
    assert Chat(policy(broken)).send(*log) == []
