"""What a pack says for nothing is a fault, with its place and its mend."""

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from schemas.policy import SEVERE, Cue, Pack
from streams.explain import LABEL_WORDS
from streams.naming import patterns
from streams.policy import Fault, as_yaml, read_pack
from streams.policy.checks import PARTS_MAX
from streams.text import CUES, LABELS

ROOT = Path(__file__).parents[3]
PACKS = sorted((ROOT / "policies").glob("*.yaml"))

HEAD = """\
id: small
title: 小公约
version: "1"
ladder: guide
"""


def faults_of(text: str) -> list[str]:
    """The faults of a pack, without its name and the lines of their places."""
    faults = read_pack(text, source="p.yaml")
    assert isinstance(faults, list), "the pack was taken"
    return [fault.message for fault in faults]


def with_rules(*rules: str, head: str = "") -> str:
    return f"{HEAD}{head}rules:\n" + "".join(f"- {{{rule}}}\n" for rule in rules)


def rule(when: str, handling: str = "plain", more: str = "do: [remind]", name: str = "r") -> str:
    keys = f"id: {name}, text: 条文, when: {{{when}}}, handling: {handling}"
    return f"{keys}, {more}" if more else keys


def is_taken(text: str) -> bool:
    read = read_pack(text, source="p.yaml")
    assert isinstance(read, Pack), list(map(str, read))
    return True


CHAT = rule("labels: [chitchat]", "off_topic", "", "chat")
COUNT = "count: {at_least: 3, within: 10m}"


def test_a_fault_of_a_rule_stands_where_its_word_stands() -> None:
    text = HEAD + "rules:\n- id: r\n  text: 条文\n  when: {labels: [ad]}\n"

    faults = read_pack(f"{text}  handling: plain\n  do: [remind, remove]\n", source="p.yaml")

    assert isinstance(faults, list)
    assert list(map(str, faults)) == [
        "p.yaml:10:16: no rule removes anybody; write `do: [review]` and `propose: remove`"
    ]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("quorum: 0", "`quorum` is from 1 to 20"),
        ("mute: 31d", "this period is from 1s to 30d"),
        ("strike: 11", "a strike weighs from 0 to 10"),
        ("notice: ' '", "this text has 1 to 2000 characters"),
        ("beside: [{about: other_side, strike: 11}]", "a strike weighs from 0 to 10"),
        (
            'hours: {from: "08:00", to: "08:00"}',
            "`from` and `to` are the same time; let them differ",
        ),
    ],
)
def test_numbers_and_texts_of_a_rule_have_bounds(key: str, message: str) -> None:
    text = with_rules(rule("labels: [conflict]", "judgement", f"do: [review, notice], {key}"))

    assert faults_of(text) == [message]


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ("count: {at_least: 1, within: 10m}", "`at_least` is from 2 to 64"),
        ("count: {at_least: 65, within: 10m}", "`at_least` is from 2 to 64"),
        ("count: {at_least: 3, within: 31d}", "this period is from 1s to 30d"),
        ("reported: {reporters: 21}", "`reporters` is from 1 to 20"),
        ("misnamed: 59m", "this period is from 1h to 365d"),
        ("absent: 23h", "this period is from 1d to 730d"),
        ("unanswered: {within: 59s}", "this period is from 1m to 30d"),
        ("unreplied: {within: 31d, asked_by: [staff]}", "this period is from 1m to 30d"),
        ("silence: {of: staff, for: 30m}", "this period is from 1h to 365d"),
        ("open_review: {to: owner, for: 1s}", "this period is from 1m to 90d"),
    ],
)
def test_numbers_of_a_subject_have_bounds(when: str, message: str) -> None:
    assert message in faults_of(with_rules(rule(when, more="do: [report]")))


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("ladder_quorum: 21\n", "`ladder_quorum` is from 1 to 20"),
        ("reports: {a_day: 0}\n", "`a_day` is from 1 to 100"),
        ("reports: {within: 1m}\n", "this period is from 1h to 365d"),
        ("welcome: ' '\n", "this text has 1 to 2000 characters"),
    ],
)
def test_numbers_and_texts_of_a_pack_have_bounds(head: str, message: str) -> None:
    assert message in faults_of(with_rules(CHAT, head=head))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            rule("labels: [ad]", more="do: [remind], where: {not_labels: [abus]}"),
            'unknown label "abus"; did you mean abuse?',
        ),
        (rule("cues: [studdy]"), '"studdy" is none of the words here; did you mean study?'),
        (
            rule("labels: [ad]", more="do: [remind], where: {not_cues: [urgnt]}"),
            '"urgnt" is none of the words here; did you mean urgent?',
        ),
        (
            rule(COUNT, more="do: [remind], where: {labels: [quiet_hours]}"),
            "no text holds quiet_hours; write a condition `quiet_hours`",
        ),
        (
            rule("cues: [study]", "spare", "spare: [chitchatt]"),
            'no label and no rule is called "chitchatt"; did you mean chitchat?',
        ),
    ],
)
def test_an_unknown_word_is_named_with_the_nearest_one(text: str, message: str) -> None:
    assert faults_of(with_rules(text)) == [message]


def test_a_rule_that_brings_nothing_is_named() -> None:
    assert faults_of(with_rules(rule("labels: [ad]", more=""))) == [
        "`handling: plain` brings nothing by itself; write `do`, `escalate` or `beside`"
    ]
    assert is_taken(with_rules(rule("labels: [ad]", more="escalate: [owner]")))


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (
            rule("labels: [ad]", more="do: [remind], spare: [ad]"),
            ["`spare` goes with `handling: spare` only"],
        ),
        (
            rule("cues: [study]", "spare", ""),
            ["a rule that spares names what: write `spare: [chitchat]`"],
        ),
        (
            rule("cues: [study]", "spare", "spare: [porn]"),
            ["porn is severe; nothing spares it, take it out"],
        ),
        (
            rule("cues: [study]", "spare", "spare: [chitchat], do: [remind], strike: 1"),
            [
                "a rule that spares brings nothing; take `do` out",
                "a rule that spares brings nothing; take `strike` out",
            ],
        ),
        (
            rule(COUNT, "spare", "spare: [chitchat]"),
            [
                (
                    "by `count` nothing is spared; write one of labels, cues, attachments, mentions, "
                    "message"
                )
            ],
        ),
    ],
)
def test_a_rule_that_spares_spares_and_does_nothing_else(text: str, messages: list[str]) -> None:
    assert sorted(faults_of(with_rules(text))) == sorted(messages)


def test_a_severe_rule_is_spared_by_none_whatever_it_is_called() -> None:
    severe = rule("labels: [porn]", "severe", "", "bad")
    spares = rule("message: any", "spare", "spare: [chat, bad]", "s")

    assert faults_of(with_rules(severe, CHAT, spares)) == [
        "bad is severe; nothing spares it, take it out"
    ]


@pytest.mark.parametrize(
    ("when", "do", "message"),
    [
        ("labels: [ad]", "remove", "no rule removes anybody; write `do: [review]` and"),
        ("labels: [ad]", "unmute", "only a person's command unmutes; take it out"),
        ("labels: [ad]", "unmute_all", "it comes by itself when the quiet ends; take it out"),
        ("joins: rostered", "delete", "`delete` with `joins`: there is no message to delete"),
        ("silence: {of: staff, for: 7d}", "mute", "`mute` with `silence`: there is nobody to mute"),
        (
            'weekly: {day: sun, at: "20:00"}',
            "review",
            "`review` with `weekly`: a review is about a member; write `escalate` or `report`",
        ),
        ("labels: [ad]", "welcome", "`welcome` with `labels`: nobody comes in here"),
        ("absent: 90d", "rename_request", "`rename_request` with `absent`: no name is judged"),
        (
            'quiet_hours: {from: "22:00"}',
            "purge",
            "`purge` with `quiet_hours`: write it into a rule with `weekly`",
        ),
        (
            'weekly: {day: sun, at: "20:00"}',
            "mute_all",
            "`mute_all` with `weekly`: write it into a rule with `quiet_hours`",
        ),
        ("reported: {}", "mute", "a report alone punishes nobody; write `do: [review]`"),
        (
            "silence: {of: staff, for: 7d}",
            "notice",
            "`silence` brings no `notice`; it can bring escalate, report",
        ),
    ],
)
def test_an_action_without_its_object_is_refused(when: str, do: str, message: str) -> None:
    (fault, *_) = faults_of(with_rules(rule(when, more=f"do: [{do}]")))

    assert fault.startswith(message)


def test_what_is_about_the_group_deletes_and_reminds_of_nothing() -> None:
    text = with_rules(rule(COUNT, more="do: [notice, delete, remind], about: group"))

    assert faults_of(text) == [
        "`delete` needs a member, and this rule is about the group",
        "`remind` needs a member, and this rule is about the group",
    ]


@pytest.mark.parametrize(
    ("count", "message"),
    [
        (
            "{of: members, at_least: 3, within: 10m, by: notice}",
            "what follows a notice is counted without a period; take it out",
        ),
        ("{at_least: 3, by: notice}", "under a notice members are counted; write `of: members`"),
        ("{at_least: 3}", "a count needs its period; write `within: 10m`"),
        (
            "{of: attachments, at_least: 3, within: 10m, by: text}",
            "attachments are counted by member or group, not by text",
        ),
        (
            "{of: members, at_least: 3, within: 10m}",
            "by member there are never more members; write `by: group` or `of: messages`",
        ),
        (
            "{of: members, at_least: 3, within: 10m, by: pair}",
            "by pair there are never more members; write `by: group` or `of: messages`",
        ),
    ],
)
def test_a_count_that_means_nothing_is_refused(count: str, message: str) -> None:
    text = with_rules(rule(f"count: {count}", more="do: [notice], about: group"))

    assert faults_of(text) == [message]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            rule('weekly: {day: sun, at: "20:00"}', more="do: [report], by: [parent]"),
            "`weekly` is about no member with a role; take `by` out",
        ),
        (
            rule("absent: 90d", more='do: [review], hours: {from: "08:00", to: "17:00"}'),
            "`absent` comes when its time has come; take `hours` out",
        ),
        (
            rule("rate: {messages: 9, within: 9s}", "flood", "where: {cues: [study]}"),
            "`rate` shows nothing of `cues`; take it out",
        ),
        (
            rule("labels: [ad]", "clear", "where: {inviter: [parent]}"),
            "`labels` shows nothing of `inviter`; take it out",
        ),
        (
            rule("cues: [study]", more="do: [remind], where: {found_in: [text]}"),
            "`cues` shows nothing of `found_in`; take it out",
        ),
        (
            rule("labels: [ad]", "clear", "where: {commands: [mute]}"),
            "`labels` shows nothing of `commands`; take it out",
        ),
        (
            rule("labels: [ad]", "clear", "where: {other_side: [staff]}"),
            "only a `conflict` has another side; take it out",
        ),
        (
            rule(COUNT, more="do: [remind], about: staff_or_family"),
            "a family is known only with `count` and `by: child`; take it out",
        ),
        (
            rule("labels: [ad]", "clear", "beside: [{about: inviter}]"),
            'this rule knows nobody as "inviter"; take it out',
        ),
        (
            rule("joins: stranger", more="do: [review], beside: [{about: owed}]"),
            'this rule knows nobody as "owed"; known here: inviter',
        ),
        (
            rule("labels: [conflict]", more="about: group, beside: [{about: other_side}]"),
            "with `about` nobody else is told; make a rule of each",
        ),
    ],
)
def test_what_a_subject_does_not_have_is_refused(text: str, message: str) -> None:
    assert faults_of(with_rules(text)) == [message]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("do: [remind], to: owner", "nobody is asked or told here; write `do: [review]` or"),
        ("do: [remind], quorum: 2", "nobody is asked here; write `do: [review]` or take"),
        ("do: [remind], hold: true", "nobody is asked here; write `do: [review]` or take"),
        ("do: [remind], notice: 请注意", "nothing is posted here; write `do: [notice]` or take"),
        ("do: [remind], report: 一周", "nothing is reported here; write `do: [report]` or take"),
        ("do: [notice], urgent: true", "nobody is reminded here; write `do: [remind]` or take"),
        ("do: [remind], propose: remove", '"remove" is proposed to nobody; write `do: [review]`'),
        ("do: [remind], propose: announce", '"announce" is proposed to nobody; write `escalate`'),
    ],
)
def test_a_word_for_an_action_that_the_rule_does_not_bring_is_refused(
    more: str, message: str
) -> None:
    (fault,) = faults_of(with_rules(rule("labels: [ad]", more=more)))

    assert fault.startswith(message)


NAMED = rule("name: wrong", more="do: [rename_request]", name="name")
NAMES = 'names: [{by: [parent], has: "{child}"}]\n'


@pytest.mark.parametrize(
    ("head", "rules", "message"),
    [
        (NAMES, (CHAT,), "`names` is not used: no rule is about `name`; write one"),
        ("", (NAMED,), "no name is wrong without `names`; write the patterns"),
        (
            NAMES + "subjects: [语文]\n",
            (NAMED,),
            "`subjects` is not used: no name pattern has {subject}",
        ),
        (
            'names: [{by: [parent], has: "{child}", relations: [爸爸]}]\n',
            (NAMED,),
            "`relations` is not used: the pattern has no {relation}",
        ),
        (
            "welcome: 欢迎\n",
            (CHAT,),
            "`welcome` is not used: write a rule with `joins` and `do: [welcome]`",
        ),
        (
            "",
            (rule("joins: rostered", more="do: [welcome]"),),
            "the pack has no `welcome`; write the text that is read",
        ),
        (
            'posting: {from: "06:00", to: "22:00"}\n',
            (CHAT,),
            "`posting` is not used: no rule posts a `notice`; take it out",
        ),
        (
            "terms: [{name: 秋, from: '2026-09-01', to: '2027-01-20'}]\n",
            (CHAT,),
            "`terms` is not used: no rule has `days: [term]`",
        ),
        (
            "",
            (
                rule(
                    "labels: [ad]",
                    more='do: [remind], hours: {from: "08:00", to: "17:00", days: [exams]}',
                ),
            ),
            "the pack has no `exams`; write when they are",
        ),
    ],
)
def test_what_is_defined_is_used_and_what_is_used_defined(
    head: str, rules: tuple[str, ...], message: str
) -> None:
    assert faults_of(with_rules(*rules, head=head)) == [message]


@pytest.mark.parametrize(
    ("pattern", "messages"),
    [
        ("{by: [parent]}", ["a name either `is` or `has` something; write one of the two"]),
        (
            '{by: [parent], is: "{child}", has: "{child}"}',
            ["a name either `is` or `has` something; write one of the two"],
        ),
        (
            '{by: [parent], is: "{child}{妈妈"}',
            ["a brace has no other; write slots as {child}"],
        ),
        (
            '{by: [parent], is: "{child}的{child}的{child}的{child}的{child}"}',
            ["this has more than 8 parts; a name is shorter"],
        ),
        (
            '{by: [parent], is: "{child}{relation}", relations: [爸爸, "-"]}',
            ['"-" has no letter; take it out'],
        ),
        ('{by: [parent], is: "{chid}妈妈"}', ['unknown slot "chid"; did you mean child?']),
        (
            "{by: [parent], has: 妈妈}",
            [
                (
                    "a name without a slot fits nobody; write one of {child}, {name}, {relation}, "
                    "{subject}"
                )
            ],
        ),
    ],
)
def test_a_name_pattern_that_fits_nobody_is_refused(pattern: str, messages: list[str]) -> None:
    assert faults_of(with_rules(NAMED, head=f"names: [{pattern}]\n")) == messages


def covenant(*clauses: str) -> str:
    return "clauses:\n" + "".join(f"- {{{clause}}}\n" for clause in clauses)


@pytest.mark.parametrize(
    ("clauses", "more", "message"),
    [
        (
            ("id: C1, kind: automatic, text: 一",),
            "clause: C2",
            'no clause "C2"; known here: C1',
        ),
        (
            ("id: C1, kind: automatic, text: 一", "id: C1, kind: human, text: 二, help: 人"),
            "clause: C1",
            'the clause "C1" stands in line 6 already; keep one',
        ),
        (
            ("id: C1, kind: automatic, text: 一",),
            "clause: C1, state: shadow",
            'the clause "C1" is automatic, but no live rule names it; write one, or `kept_by`',
        ),
        (
            ("id: C1, kind: human, text: 一",),
            "",
            'nothing keeps the clause "C1"; name it in a rule, or write `kept_by` or `help`',
        ),
    ],
)
def test_each_clause_of_a_covenant_is_kept(
    clauses: tuple[str, ...], more: str, message: str
) -> None:
    text = with_rules(rule("labels: [ad]", "clear", more), head=covenant(*clauses))

    assert message in faults_of(text)


def test_a_clause_is_kept_by_a_rule_that_names_it_beside_another_or_by_a_part() -> None:
    clauses = covenant(
        "id: C1, kind: automatic, text: 一",
        "id: C2, kind: automatic, text: 二",
        "id: C3, kind: automatic, text: 三, kept_by: [ladder]",
        "id: C4, kind: informative, text: 四, help: 说明",
    )

    assert is_taken(
        with_rules(
            rule("labels: [ad]", "clear", "clause: C1, also_clauses: [C2]"),
            head=clauses,
        )
    )


@pytest.mark.parametrize(
    ("first", "later", "is_hidden"),
    [
        ("", "", True),
        ("", "by: [parent]", True),
        ("by: [parent]", "", False),
        ("by: [parent, student]", "by: [student]", True),
        ("by: [others]", "by: [parent]", True),
        ("by: [staff]", "by: [parent]", False),
        ("platform: [qq]", "", False),
        ("platform: [qq, wechat]", "platform: [qq]", True),
        ('hours: {from: "08:00", to: "17:00"}', "", False),
        ("", 'hours: {from: "08:00", to: "17:00"}', True),
        ("where: {cues: [urgent]}", "", False),
        ("where: {cues: [urgent, study]}", "where: {cues: [urgent]}", True),
        ("where: {not_cues: [study]}", "where: {not_cues: [urgent]}", False),
        ("where: {not_cues: [study]}", "where: {not_cues: [urgent, study]}", True),
    ],
)
def test_an_earlier_rule_hides_a_later_one_only_where_its_filters_are_as_wide(
    first: str, later: str, *, is_hidden: bool
) -> None:
    text = with_rules(
        rule("labels: [ad]", "clear", first, "first"),
        rule("labels: [ad]", "clear", later, "later"),
    )

    if is_hidden:
        (fault,) = faults_of(text)
        assert fault.startswith("this rule can never fire: first before it has all its labels")
    else:
        assert is_taken(text)


def test_a_rule_that_spares_hides_none_and_is_hidden_by_none() -> None:
    spares = rule("labels: [ad]", "spare", "spare: [chitchat]", "spares")
    finds = rule("labels: [ad]", "clear", "", "finds")

    assert is_taken(with_rules(spares, finds))
    assert is_taken(with_rules(finds, spares))


def test_who_quarrels_is_reminded_whatever_the_rule_brings() -> None:
    assert is_taken(with_rules(rule("labels: [conflict]", "judgement", "urgent: true")))


def test_a_ladder_that_posts_uses_the_hours_for_it() -> None:
    text = with_rules(CHAT, head='posting: {from: "06:00", to: "22:00"}\n')

    assert is_taken(text.replace("guide", "three_steps"))


def test_school_days_use_the_terms() -> None:
    hours = 'do: [remind], hours: {from: "08:00", to: "17:00", days: [school_days]}'
    terms = "terms: [{name: 秋, from: '2026-09-01', to: '2027-01-20'}]\n"

    read = read_pack(with_rules(rule("labels: [ad]", more=hours), head=terms))

    # The calendar's years are another matter.
    found = [fault.message for fault in read] if isinstance(read, list) else []
    assert not any("not used" in message for message in found)


def test_a_second_answer_to_the_same_joiner_is_named() -> None:
    again = [rule("joins: stranger", more="do: [review]", name=name) for name in ("a", "b")]

    assert faults_of(with_rules(*again)) == [
        "this rule can never fire: a before it has the same `joins`; put it first"
    ]


def test_the_words_of_a_check_are_those_that_texts_are_read_for() -> None:
    assert LABEL_WORDS.keys() == set(LABELS)
    assert set(get_args(Cue)) == CUES
    assert patterns.PARTS_MAX == PARTS_MAX
    assert set(LABELS) > SEVERE


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_a_shipped_pack_written_whole_is_the_same_pack(path: Path) -> None:
    pack = read_pack(path.read_text(encoding="utf-8"))
    assert isinstance(pack, Pack), list(map(str, pack))

    assert read_pack(as_yaml(pack)) == pack


def test_packs_are_checked_without_the_word_lists_and_their_weights() -> None:
    code = (
        "import sys; from banzhang.__main__ import main; code = main(sys.argv[1:]);"
        "print(code, [m for m in ('numpy', 'streams.text.words', 'streams.text') "
        "if m in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, "policy", "check", *map(str, PACKS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[-1] == "0 []"


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        (
            "when: {joins: stranger}, handling: clear",
            "`joins` is about no message; write `handling: plain` and `do`",
        ),
        (
            "when: {absent: 90d}, handling: severe",
            "`absent` is about no message; write `handling: plain` and `do`",
        ),
        (
            "when: {reported: {}}, handling: severe",
            "a report alone is for a person to judge; write `handling: judgement`",
        ),
        (
            "when: {reported: {}}, handling: judgement, propose: remove",
            "a report alone is no ground to remove anybody; take it out",
        ),
        (
            "when: {count: {at_least: 3, within: 1m, by: group}}, handling: flood, about: group",
            "this rule is about the group; write `handling: plain` and `do`",
        ),
    ],
)
def test_a_class_without_its_message_is_refused(rest: str, message: str) -> None:
    found = [str(fault).split(": ", 1)[1] for fault in faults_of_rule(rest)]

    assert message in found


def faults_of_rule(rest: str) -> list[Fault]:
    """What is wrong with a pack of one rule."""
    head = 'id: p\ntitle: 试\nversion: "1"\nladder: guide\n'
    found = read_pack(f"{head}rules: [{{id: r, text: 条文, {rest}}}]\n", source="p.yaml")
    assert isinstance(found, list), "the pack was taken"
    return found
