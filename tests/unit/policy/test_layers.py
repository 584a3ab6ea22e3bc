"""Packs over packs: what a narrower one says otherwise, what it follows, what it may not touch."""

from collections.abc import Mapping

import pytest

from schemas.policy import Pack, QuietHours
from streams.policy import as_yaml, read_pack
from streams.policy.layers import Wider

DISTRICT = """\
id: district
title: 学区公约
version: "1"
ladder: guide
lapse: 90d
fixed: [mutes, rules.severe]
mutes: true
settings: {office_contact: "0571-1", allow_ads: false}
rules:
- id: severe
  text: 违法内容一律删除
  when: {labels: [porn, fraud]}
  handling: severe
- id: night
  text: 晚上十点以后请安静
  when: {quiet_hours: {from: "22:00", to: "06:30"}}
  handling: quiet
- id: ads
  text: 不发广告
  when: {labels: [ad]}
  handling: clear
"""
SCHOOL = """\
id: school-3
over: district
title: 三小公约
settings: {office_contact: "0571-3"}
rules:
- id: night
  strike: 0
"""
CLASS = """\
id: class-3-2
over: school-3
title: 三年级二班公约
"""


def read(text: str, **wider: str) -> Pack:
    pack = read_pack(text, source="p.yaml", wider=finder(wider))
    assert isinstance(pack, Pack), list(map(str, pack))
    return pack


def faults(text: str, **wider: str) -> list[str]:
    found = read_pack(text, source="p.yaml", wider=finder(wider))
    assert isinstance(found, list), "the pack was taken"
    return list(map(str, found))


def finder(wider: Mapping[str, str]) -> Wider:
    texts = {"district": DISTRICT, "school-3": SCHOOL} | dict(wider)
    return lambda name: (f"{name}.yaml", texts[name]) if name in texts else None


def test_a_pack_that_says_nothing_else_is_the_wider_one_under_its_own_name() -> None:
    whole, narrow = read(SCHOOL), read(CLASS)

    assert (narrow.id, narrow.title) == ("class-3-2", "三年级二班公约")
    assert narrow.rules == whole.rules
    assert narrow.lapse_ms == 90 * 86_400_000


def test_a_key_of_a_rule_is_said_otherwise_and_the_others_are_followed() -> None:
    night = read(CLASS + 'rules:\n- id: night\n  when: {quiet_hours: {from: "21:30"}}\n').rules[1]

    assert night.when.quiet_hours == QuietHours(start=21 * 60 + 30, end=6 * 60 + 30)
    assert (night.strike, night.text) == (0, "晚上十点以后请安静")


def test_another_subject_takes_the_place_of_the_wider_one() -> None:
    ads = read(CLASS + "rules:\n- id: ads\n  when: {suspected: [ad]}\n  handling: look\n").rules[2]

    assert ads.when.labels is None
    assert ads.when.suspected == ("ad",)


def test_the_word_default_takes_the_wider_value_back() -> None:
    text = CLASS + "lapse: default\nrules:\n- {id: night, strike: default}\n"
    school = SCHOOL + "lapse: 30d\n"

    pack = read(text, **{"school-3": school})

    assert pack.lapse_ms == 30 * 86_400_000
    assert pack.rules[1].strike == 0


def test_settings_are_merged_key_by_key() -> None:
    settings = read(CLASS + "settings: {allow_ads: true}\n").settings

    assert (settings.allow_ads, settings.office_contact) == (True, "0571-3")


def test_a_new_rule_stands_last_or_before_the_one_that_it_names() -> None:
    rule = "text: 试\n  when: {labels: [%s]}\n  handling: clear\n"
    last = read(CLASS + "rules:\n- id: links\n  " + rule % "link_external")
    first = read(CLASS + "rules:\n- id: links\n  before: night\n  " + rule % "link_external")

    assert [one.id for one in last.rules] == ["severe", "night", "ads", "links"]
    assert [one.id for one in first.rules] == ["severe", "links", "night", "ads"]


def test_a_class_does_without_a_rule_by_drafting_it() -> None:
    assert read(CLASS + "rules:\n- {id: ads, state: draft}\n").rules[2].state == "draft"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mutes: false\n", 'p.yaml:4:1: "mutes" is fixed by the wider pack; take it out'),
        (
            "rules:\n- {id: severe, state: draft}\n",
            'p.yaml:5:3: the rule "severe" is fixed by the wider pack; take it out',
        ),
        (
            "mute: default\n",
            'p.yaml:4:7: the wider pack has no "mute" to follow; did you mean mutes?',
        ),
        (
            "rules:\n- {id: x, before: nigth, text: a, when: {labels: [vulgar]}, handling: speech}\n",
            'p.yaml:5:19: no rule "nigth" to stand before; did you mean night?',
        ),
    ],
)
def test_what_a_narrower_pack_may_not_say_is_told_with_its_place(text: str, expected: str) -> None:
    assert faults(CLASS + text) == [expected]


def test_a_fault_of_a_wider_pack_is_told_with_its_own_file() -> None:
    broken = DISTRICT.replace("handling: clear", "handling: clera")

    assert faults(CLASS, district=broken) == [
        'district.yaml:21:13: "clera" is none of the words here; did you mean clear?'
    ]


def test_a_wider_pack_that_is_not_there_is_told() -> None:
    assert faults(CLASS.replace("school-3", "school-4")) == [
        'p.yaml:2:7: no pack "school-4"; it belongs beside this file, as school-4.yaml'
    ]


def test_packs_in_a_circle_are_told() -> None:
    circle = DISTRICT + "over: school-3\n"

    assert faults(CLASS, district=circle) == [
        'district.yaml:22:7: "school-3" stands over itself; let `over` lead to a wider pack'
    ]


def test_what_is_fixed_must_be_there() -> None:
    assert faults(DISTRICT.replace("rules.severe", "rules.sever")) == [
        'p.yaml:6:16: nothing here is called "rules.sever"; did you mean rules.severe?'
    ]


@pytest.mark.parametrize("text", [DISTRICT, SCHOOL, CLASS])
def test_a_pack_written_whole_is_the_same_pack(text: str) -> None:
    pack = read(text)

    assert read(as_yaml(pack)) == pack


def test_what_a_district_fixed_stays_fixed_under_a_school_that_fixes_more() -> None:
    school = SCHOOL + "fixed: [settings]\n"
    text = CLASS + "settings: {allow_ads: true}\nrules:\n- {id: severe, state: draft}\n"

    assert faults(text, **{"school-3": school}) == [
        'p.yaml:4:1: "settings" is fixed by the wider pack; take it out',
        'p.yaml:6:3: the rule "severe" is fixed by the wider pack; take it out',
    ]
