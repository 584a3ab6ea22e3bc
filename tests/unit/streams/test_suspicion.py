"""What the learned model suspects: a person looks at it, and nothing else follows."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from schemas.policy import Pack, Rule, Settings
from streams.kept import LETTERS_MAX as LETTERS_KEPT
from streams.partition import Verdict
from streams.policy import read_pack
from streams.policy.compile import Policy, compile_pack
from streams.policy.published import pack_bytes
from streams.suspicions import Suspicions
from streams.text import Match
from streams.text.model.grams import LETTERS_MAX
from streams.text.model.opinion import Opinion
from tests.strategies import (
    CRANE,
    HOUR,
    INNOCENT,
    MINUTE,
    NOON,
    REPEAT,
    WHALE,
    Chat,
    command,
    content,
    edit,
    kinds,
    message,
    opinion_of,
    policy,
    roster,
    stood,
    suspecting,
    suspicion,
)

ROOT = Path(__file__).parents[3]
KESTREL = "红隼站在旗杆上"
DOUBTS = suspicion("doubts", "abuse", "ad", clause="C7")
WORDS = content("words", "abuse", handling="speech")


def chat_of(*rules: Rule, **more: Any) -> Chat:
    return Chat(suspecting(policy(*rules, **more)))


# --- what follows


def test_a_suspicion_asks_a_person_to_look_and_says_that_it_is_none_but_a_suspicion() -> None:
    chat = chat_of(DOUBTS)

    (action,) = chat.send(message("e0", text=WHALE))

    assert (action.kind, action.rule, action.clause) == ("review", "doubts", "test#C7")
    assert (action.labels, action.evidence, action.mode) == (("abuse",), ("e0",), "live")
    assert action.params == {"to_role": "head_teacher", "proposal": "look"}
    assert action.explain == "程序怀疑内容涉及辱骂，但没有把握，请班主任亲自看过再定；现有违规0次。"
    assert action.expires_at is None
    assert chat.strikes() == 0


def test_a_suspected_quarrel_reminds_nobody() -> None:
    chat = chat_of(suspicion("quarrels", "conflict"))

    assert kinds(chat.send(message("e0", text=KESTREL))) == ["review"]


@pytest.mark.parametrize("ladder", ["guide", "discretion", "owner_removes", "three_steps"])
def test_no_ladder_is_climbed_by_suspicions(ladder: str) -> None:
    chat = chat_of(DOUBTS, ladder=ladder, mutes=True)

    actions = chat.send(*(message(f"e{i}", NOON + i * HOUR, WHALE + str(i)) for i in range(5)))

    assert kinds(actions) == ["review"]
    assert chat.strikes() == 0
    assert chat.member().mute_until == 0


def test_a_pack_that_nobody_checked_makes_no_more_of_a_suspicion() -> None:
    harsh = suspicion(
        "doubts", "abuse", handling="severe", do=("delete", "mute"), strike=3.0, escalate=("owner",)
    )

    actions = chat_of(harsh, mutes=True).send(message("e0", text=WHALE))

    assert kinds(actions) == ["review"]
    assert actions[0].params["proposal"] == "look"


def test_further_suspicions_of_a_member_join_the_open_review() -> None:
    chat = chat_of(DOUBTS, suspicion("more", "conflict"))

    actions = chat.send(
        message("e0", text=WHALE), message("e1", NOON + 1, CRANE), message("e2", NOON + 2, KESTREL)
    )

    assert kinds(actions) == ["review"]
    assert chat.member().reviews[0].evidence == ["e0", "e1", "e2"]


def test_who_looked_closes_it_and_nothing_follows_by_itself() -> None:
    chat = chat_of(DOUBTS)
    chat.send(roster(), message("e0", NOON, WHALE))

    assert chat.send(command("c", "approve", NOON + 1, "p1")) == []
    assert chat.member().reviews == ()
    assert chat.strikes() == 0


def test_a_suspicion_stands_in_the_way_of_no_other_review() -> None:
    chat = chat_of(DOUBTS, content("words", "abuse", handling="judgement"))
    chat.send(roster())

    opened = chat.send(message("e0", NOON, "傻逼"), message("e1", NOON + 1, WHALE))
    approved = chat.send(command("c", "approve", NOON + MINUTE, "p1"))

    assert [action.params["proposal"] for action in opened] == ["delete", "look"]
    assert [a.params.get("message_id") for a in approved if a.kind == "delete"] == ["e0"]
    assert [review.proposal for review in chat.member().reviews] == ["look"]


def test_a_flood_of_suspected_messages_is_answered_as_a_flood_too() -> None:
    chat = chat_of(REPEAT, DOUBTS)

    actions = chat.send(*(message(f"e{i}", NOON + i, WHALE) for i in range(3)))

    assert kinds(actions) == ["review", "delete", "remind"]
    assert {a.rule for a in actions if a.kind != "review"} == {"repeat"}
    assert all("abuse" not in a.labels for a in actions if a.kind != "review")


# --- what is found goes before what is suspected


def test_what_was_found_has_its_answer_and_no_second_question() -> None:
    chat = chat_of(DOUBTS, WORDS)

    actions = chat.send(
        message("e0", text=f"傻逼，{CRANE}"), message("e1", NOON + 1, f"傻逼{WHALE}")
    )

    assert {action.rule for action in actions} == {"words"}


def test_a_label_that_was_found_is_not_suspected_though_no_rule_names_it() -> None:
    chat = chat_of(DOUBTS)

    assert chat.send(message("e0", text=f"傻逼，{WHALE}")) == []
    (action,) = chat.send(message("e1", NOON + 1, f"傻逼，{CRANE}"))
    assert action.labels == ("ad",)


def test_a_rule_on_trial_takes_nothing_from_a_suspicion() -> None:
    trial = content("trial", "vulgar", "abuse", handling="speech", state="shadow")

    actions = chat_of(trial, DOUBTS).send(message("e0", text=f"傻逼，{CRANE}"))

    assert [(a.rule, a.mode) for a in actions if a.mode == "live"] == [("doubts", "live")]
    assert {a.rule for a in actions if a.mode == "shadow"} == {"trial"}


def test_a_suspicion_on_trial_says_what_it_would_have_asked_and_leaves_no_trace() -> None:
    chat = chat_of(suspicion("doubts", "abuse", state="shadow"))

    assert [a.mode for a in chat.send(message("e0", text=WHALE))] == ["shadow"]
    assert chat.member().reviews == ()


def test_the_first_rule_that_asks_for_a_label_has_it() -> None:
    chat = chat_of(suspicion("first", "abuse"), suspicion("second", "ad", "abuse"))

    (action,) = chat.send(message("e0", text=f"{WHALE}，{CRANE}"))

    assert (action.rule, action.labels) == ("first", ("abuse", "ad"))


def test_what_a_school_allows_is_not_suspected() -> None:
    chat = chat_of(DOUBTS, settings=Settings(allow_ads=True))

    assert chat.send(message("e0", text=CRANE)) == []


def test_an_exemption_lets_a_suspicion_rest() -> None:
    chat = chat_of(DOUBTS)
    chat.send(roster(), command("c", "exempt", NOON, minutes=5, capability="content:abuse"))

    assert chat.send(message("e0", NOON + 1, WHALE)) == []
    assert kinds(chat.send(message("e1", NOON + HOUR, WHALE))) == ["review"]


def test_an_edit_is_suspected_like_a_message() -> None:
    chat = chat_of(DOUBTS)
    chat.send(message("e0", text="早"))

    (action,) = chat.send(edit("e1", "e0", NOON + 1, WHALE))

    assert action.evidence == ("e1",)


def test_a_late_suspicion_says_so_and_opens_no_review() -> None:
    chat = chat_of(DOUBTS)
    chat.send(message("e0", NOON + HOUR, "早"))

    (action,) = chat.send(message("e1", NOON, WHALE))

    assert action.mode == "late"
    assert chat.member().reviews == ()


# --- what is found and doubted


NAMED: Final = f"傻逼，{INNOCENT}"


def test_what_the_lists_find_and_the_model_doubts_a_person_looks_at_and_no_rule_acts_on() -> None:
    chat = chat_of(DOUBTS, WORDS)

    (action,) = chat.send(message("e0", text=NAMED))

    assert (action.kind, action.rule, action.labels) == ("review", "doubts", ("abuse",))
    assert action.params["proposal"] == "look"
    assert chat.strikes() == 0


def test_what_is_doubted_is_left_alone_where_no_rule_asks_for_its_label() -> None:
    assert chat_of(suspicion("ads", "ad"), WORDS).send(message("e0", text=NAMED)) == []


def test_nothing_is_doubted_where_no_rule_asks_the_model() -> None:
    actions = Chat(policy(WORDS)).send(message("e0", text=NAMED))

    assert {action.rule for action in actions} == {"words"}


def test_nothing_follows_for_staff_from_what_is_doubted() -> None:
    chat = chat_of(DOUBTS, WORDS)
    chat.send(roster())

    assert chat.send(message("e0", text=NAMED, member="t2")) == []


def test_what_has_a_form_is_doubted_by_nobody() -> None:
    chat = chat_of(DOUBTS, content("numbers", "privacy_phone", "abuse"))

    actions = chat.send(message("e0", text=f"他电话13812345678，{NAMED}"))

    assert {action.rule for action in actions} == {"numbers"}


def test_innocent_words_around_a_finding_do_not_hide_it() -> None:
    chat = chat_of(DOUBTS, WORDS)

    actions = chat.send(message("e0", text=f"{INNOCENT}来了，" + "今天大家都看书" * 4 + "傻逼"))

    assert {action.rule for action in actions} == {"words"}


# --- who is heard


class Listening(Opinion):
    """An opinion that notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self._known = opinion_of({"蓝鲸": "abuse"})

    def suspected(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        self.asked.append(list(texts))
        return self._known.suspected(texts)

    def doubted(self, texts: Sequence[str], found: Sequence[Sequence[Match]]) -> list[bool]:
        return self._known.doubted(texts, found)


def listened_to(pack: Policy) -> Listening:
    opinion = Listening()
    pack.suspicions = Suspicions(opinion)
    return opinion


def test_staff_are_suspected_of_nothing_and_their_texts_not_even_read() -> None:
    pack = policy(DOUBTS)
    model, chat = listened_to(pack), Chat(pack)
    chat.send(roster())

    assert chat.send(message("e0", NOON, WHALE, "t2"), message("e1", NOON, "早", "p1")) == []
    assert model.asked == [["早"]]


def test_only_groups_whose_policy_asks_are_read_all_at_once() -> None:
    asks, plain = policy(DOUBTS, id="asks"), policy(WORDS, id="plain")
    model, chat = listened_to(asks), Chat(plain, asks)
    chat.send(
        roster(group="g1"),
        roster("r2", group="g2"),
        command("c", "policy", group="g2", policy=asks.ref.version),
    )
    log = [
        message(f"e{i}", NOON + i, f"{WHALE}{i}", f"p{i % 3}", group_id=f"g{1 + i % 2}")
        for i in range(40)
    ]

    actions = chat.send(*log)

    assert {action.group_id for action in actions} == {"g2"}
    assert model.asked == [[event.text for event in log if event.group_id == "g2"]]


def test_what_comes_under_a_policy_on_the_way_is_read_when_it_is_judged() -> None:
    asks, plain = policy(DOUBTS, id="asks"), policy(WORDS, id="plain")
    model, chat = listened_to(asks), Chat(plain, asks)

    actions = chat.send(
        roster(),
        message("e0", NOON, WHALE),
        command("c", "policy", policy=asks.ref.version),
        message("e1", NOON + 1, WHALE),
    )

    assert [action.evidence for action in actions] == [("e1",)]
    assert model.asked == [[WHALE]]


def test_no_policy_that_asks_costs_no_reading() -> None:
    chat = Chat(policy(WORDS))
    model = listened_to(policy(DOUBTS))

    assert chat.send(message("e0", text=WHALE)) == []
    assert model.asked == []


def test_where_a_log_is_cut_never_matters() -> None:
    pack = suspecting(policy(DOUBTS, WORDS))
    texts = (WHALE, "早", CRANE, "傻逼", "", WHALE, KESTREL)
    log = [message(f"e{i}", NOON + i * MINUTE, texts[i % 7], f"p{i % 5}") for i in range(600)]

    def judged(size: int) -> list[tuple[bytes, bytes]]:
        chat = Chat(pack)
        verdicts: list[Verdict] = [
            chat.verdict(*log[at : at + size]) for at in range(0, len(log), size)
        ]
        return [action for verdict in verdicts for action in verdict.actions]

    assert judged(600) == judged(1) == judged(7) == judged(256)


def test_records_under_no_known_key_are_judged_the_same() -> None:
    pack = suspecting(policy(DOUBTS))
    chat = Chat(pack)
    record = msgspec.structs.replace(stood(0, message("e0", text=WHALE)), key=None)

    verdict = chat.partition.judge(chat.partition.read([record]), chat.packs)

    assert verdict.kinds == {("review", "live"): 1}


def test_who_asks_nothing_of_the_model_does_not_load_it() -> None:
    code = (
        "import sys; from pathlib import Path; import streams.partition, streams.pipeline;"
        "from streams.policy import read_pack, compile_pack, pack_bytes;"
        "text = Path('policies/default.yaml').read_text(encoding='utf-8').split('# 以下')[0];"
        "compile_pack(pack_bytes(read_pack(text)));"
        "assert 'streams.text.model' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


# --- what is suspected in a text


def doubts() -> Suspicions:
    return Suspicions(opinion_of({"蓝鲸": "abuse", "灰鹤": "ad"}))


def test_a_text_is_read_once_and_longer_ones_than_the_model_looks_at_alone() -> None:
    model = Listening()
    known = Suspicions(model)
    long = WHALE + "早" * LETTERS_MAX

    known.read([WHALE, "早", WHALE, long])
    known.read(["早", "晚"])

    assert [known.of(text) for text in (WHALE, "早", long)] == [("abuse",), (), ("abuse",)]
    assert model.asked == [[WHALE, "早"], ["晚"], [long]]


def test_what_is_kept_is_bounded() -> None:
    known = doubts()
    pieces = [[f"{i}{j}" + "早" * (LETTERS_MAX - 8) for j in range(64)] for i in range(10)]

    for piece in pieces:
        known.read(piece)

        assert sum(map(len, known._known)) <= LETTERS_KEPT
    assert known.of(WHALE) == ("abuse",)


# --- the shipped packs


DEFAULT = ROOT / "policies" / "default.yaml"


def test_a_shipped_rule_on_suspicion_names_a_clause_that_other_rules_stand_for() -> None:
    pack = read_pack(DEFAULT.read_text(encoding="utf-8"))
    assert isinstance(pack, Pack)

    asking = [rule for rule in pack.rules if rule.when.suspected]

    assert asking
    others = {(rule.clause, rule.text) for rule in pack.rules if not rule.when.suspected}
    assert {rule.clause for rule in asking} <= {clause for clause, _ in others}


def chat_lines() -> list[str]:
    lines = (ROOT / "tests/samples/chat_clean.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line)["text"] for line in lines]


def parents_lines() -> list[str]:
    lines = (ROOT / "quality/data/daily_parents.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line)["text"] for line in lines]


@pytest.mark.parametrize(("lines", "most"), [(chat_lines(), 1), (parents_lines(), 3)])
def test_hardly_anything_clean_is_suspected_by_the_default_pack(
    lines: list[str], most: int
) -> None:
    pack = read_pack((ROOT / "policies/default.yaml").read_text(encoding="utf-8"))
    assert isinstance(pack, Pack)
    chat = Chat(compile_pack(pack_bytes(pack)))

    actions = chat.send(
        *(message(f"e{i}", NOON + i * MINUTE // 4, text, f"p{i}") for i, text in enumerate(lines))
    )

    assert sum(action.rule.startswith("suspicion.") for action in actions) <= most
