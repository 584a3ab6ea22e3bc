"""The pack reader: strict, total, and helpful."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.policy import Pack, QuietHours, Rate, Repeat, When
from streams.policy import Fault, read_pack
from streams.policy.compile import Policy
from streams.said import NOTHING

PACKS = sorted((Path(__file__).parents[3] / "policies").glob("*.yaml"))

SMALL = """\
id: small
title: 小公约
version: "1"
ladder: guide
rules:
- id: flood
  text: 不刷屏
  when: {rate: {messages: 10, within: 60s}}
  handling: flood
"""


def pack_of(text: str, **settings: str) -> Pack:
    pack = read_pack(text, settings=settings)
    assert isinstance(pack, Pack), list(map(str, pack))
    return pack


def faults_of(text: str, **settings: str) -> list[str]:
    faults = read_pack(text, source="p.yaml", settings=settings)
    assert isinstance(faults, list), "the pack was taken"
    return [str(fault) for fault in faults]


def with_when(when: str, handling: str = "clear") -> str:
    return SMALL.replace("{rate: {messages: 10, within: 60s}}", when).replace(
        "handling: flood", f"handling: {handling}"
    )


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_every_pack_of_the_project_is_read(path: Path) -> None:
    assert pack_of(path.read_text(encoding="utf-8")).id == path.stem


def test_a_pack_is_read_with_its_periods_in_milliseconds() -> None:
    pack = pack_of(SMALL + "mute: 10m\nlapse: 90d\nmutes: true\n")

    assert pack.mute_ms == 600_000
    assert pack.lapse_ms == 90 * 86_400_000
    assert pack.mutes is True
    assert pack.rules[0].when.rate == Rate(messages=10, within_ms=60_000)


def test_a_repeat_is_read() -> None:
    when = pack_of(with_when("{repeat: {times: 3, within: 10m}}")).rules[0].when

    assert when.repeat == Repeat(times=3, within_ms=600_000)


def test_quiet_hours_are_minutes_of_the_day() -> None:
    when = pack_of(with_when('{quiet_hours: {from: "22:00", to: "06:30"}}')).rules[0].when

    assert when.quiet_hours == QuietHours(start=1320, end=390)


@pytest.mark.parametrize(
    ("start", "settings", "end"),
    [
        ("22:00", {}, 360),
        ("13:00", {}, 870),
        ("18:00", {}, 360),
        ("17:59", {}, 870),
        ("22:00", {"quiet_end": "07:15"}, 435),
        ("13:00", {"midday_end": "14:00"}, 840),
    ],
)
def test_a_quiet_time_without_an_end_ends_when_the_settings_say(
    start: str, settings: dict[str, str], end: int
) -> None:
    pack = pack_of(with_when(f'{{quiet_hours: {{from: "{start}"}}}}'), **settings)

    quiet = pack.rules[0].when.quiet_hours
    assert quiet is not None
    assert quiet.end == end


def test_settings_of_the_command_line_are_stronger_than_the_packs_own() -> None:
    own = SMALL + 'settings: {allow_ads: false, quiet_end: "05:00", public_numbers: ["110"]}\n'

    settings = pack_of(own, allow_ads="true", allowed_hosts="a.cn, b.cn").settings

    assert settings.allow_ads is True
    assert settings.quiet_end == "05:00"
    assert settings.public_numbers == ("110",)
    assert settings.allowed_hosts == ("a.cn", "b.cn")


def test_a_school_s_own_words_are_in_force_with_its_pack() -> None:
    own = with_when("{labels: [ad]}") + 'settings: {words: ["ad: 团长发车", "allow: 红包书"]}\n'

    policy = Policy(pack_of(own), "v")

    assert policy.said("团长发车啦", "parent").labels == ("ad",)
    assert policy.said("抢红包书", "parent") is NOTHING


def test_a_fault_in_a_school_s_own_words_has_its_place_and_mend() -> None:
    own = SMALL + 'settings: {words: ["adz: 团长发车"]}\n'

    (fault,) = faults_of(own)
    assert "'adz' is no label" in fault
    (option,) = faults_of(SMALL, words="代购")
    assert option.startswith("--set words: '代购': write LABEL: WORD WORD")


def test_a_list_may_be_given_as_a_json_array() -> None:
    numbers = pack_of(SMALL, public_numbers='["0571-1, 2", 110]').settings.public_numbers

    assert numbers == ("0571-1, 2", "110")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"alow_ads": "true"}, "--set alow_ads: no such setting; did you mean allow_ads?"),
        ({"allow_ads": "yes"}, '--set allow_ads: write true or false, not "yes"'),
        (
            {"quiet_end": "6 Uhr"},
            '--set quiet_end: write a time of day such as 06:00, not "6 Uhr"',
        ),
        (
            {"public_numbers": "[1"},
            '--set public_numbers: write words between commas, or a JSON array of texts, not "[1"',
        ),
        ({"office_contact": "\udc80"}, "--set office_contact: the value is no UTF-8 text"),
    ],
)
def test_a_setting_that_cannot_be_read_is_named(settings: dict[str, str], message: str) -> None:
    assert faults_of(SMALL, **settings) == [message]


def replaced(old: str, new: str) -> Callable[[], str]:
    assert old in SMALL
    return lambda: SMALL.replace(old, new)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            replaced("title:", "titel:"),
            'p.yaml:2:1: unknown key "titel"; did you mean title?',
        ),
        (
            replaced("title: 小公约\n", ""),
            "p.yaml:1:1: the key `title` is missing (title)",
        ),
        (
            replaced('"1"', "1"),
            'p.yaml:3:10: here belongs a text; write it in quotes: "1"',
        ),
        (
            replaced("guide", "gide"),
            'p.yaml:4:9: "gide" is none of the words here; did you mean guide?',
        ),
        (
            replaced("10, within", "ten, within"),
            'p.yaml:8:27: here belongs a whole number such as 10, not "ten"',
        ),
        (
            replaced("10, within", '"10", within'),
            (
                'p.yaml:8:27: here belongs a whole number such as 10, not "10"; '
                "write it without quotes"
            ),
        ),
        (
            replaced("60s", "60"),
            'p.yaml:8:39: here belongs a period with its unit, such as 60s, not "60"',
        ),
        (
            replaced("60s", "1 min"),
            (
                "p.yaml:8:39: here belongs a period with its unit, such as 60s, 10m, 24h or 90d, "
                'not "1 min"'
            ),
        ),
        (
            replaced("messages: 10", "messages: 61"),
            "p.yaml:8:27: `messages` is from 2 to 60",
        ),
        (replaced("60s", "25h"), "p.yaml:8:39: this period is from 1s to 1d"),
        (replaced("60s", "999ms"), "p.yaml:8:39: this period is from 1s to 1d"),
        (
            replaced("  text: 不刷屏\n", "  text: 不刷屏\n  text: 又\n"),
            'p.yaml:8:3: the key "text" stands in line 7 already; keep one',
        ),
        (replaced("不刷屏", '" "'), "p.yaml:7:9: this text has 1 to 2000 characters"),
        (
            replaced("id: flood", "id: a b"),
            'p.yaml:6:7: a name has 1 to 64 characters, no spaces and no #; not "a b"',
        ),
        (
            replaced("  handling", "  strike: 11\n  handling"),
            "p.yaml:9:11: a strike weighs from 0 to 10",
        ),
        (
            replaced("id: small", "id: small\ntimezone: Asia/Shanghi"),
            'p.yaml:2:11: unknown time zone "Asia/Shanghi"; did you mean Asia/Shanghai?',
        ),
        (
            replaced("id: small", "id: small\nmutes: yes"),
            'p.yaml:2:8: here belongs true or false, not "yes"',
        ),
        (
            replaced("id: small", "id: small\nstaff: []"),
            "p.yaml:2:8: an empty list matches nothing; fill it or take the key out",
        ),
        (
            replaced("id: small", "id: small\nstaff: [teacher, teacher]"),
            'p.yaml:2:18: "teacher" stands in the list twice',
        ),
        (
            replaced("id: small", "id: small\nstaff: teacher"),
            "p.yaml:2:8: here belongs a list: [a, b], or a line with `- ` for each",
        ),
        (
            replaced("id: small", "id: small\nmute:"),
            "p.yaml:2:6: here belongs a period; without a value, take the key out",
        ),
        (
            replaced("id: small", "id: small\nid: &a small\ntitle: *a"),
            "p.yaml:3:8: an alias (*) is refused; write its content out",
        ),
        (
            replaced("id: small", "id: small\n---\nid: other"),
            "p.yaml:2:1: a second document; one file holds one pack",
        ),
        (
            replaced("小公约", "小\x00公约"),
            "p.yaml:2:9: the character U+0000 may not stand in a pack; save the file as UTF-8 text",
        ),
        (
            replaced("小公约", "小\ud800公约"),
            "p.yaml:2:9: the character U+D800 may not stand in a pack; save the file as UTF-8 text",
        ),
    ],
)
def test_a_fault_names_its_place_and_its_mend(text: Callable[[], str], fault: str) -> None:
    assert fault in faults_of(text())


@pytest.mark.parametrize(
    ("when", "fault"),
    [
        (
            "{labels: [abus]}",
            'p.yaml:8:19: unknown label "abus"; did you mean abuse?',
        ),
        (
            "{labels: [flood]}",
            "p.yaml:8:19: no text holds flood; write a condition `repeat` or `rate`",
        ),
        (
            "{}",
            "p.yaml:8:9: no condition; give one, such as labels, repeat or quiet_hours",
        ),
        (
            "{labels: [ad], repeat: {times: 3, within: 10m}}",
            "p.yaml:8:9: repeat and labels in one rule; make a rule of each",
        ),
        (
            "{also: [ad], repeat: {times: 3, within: 10m}}",
            "p.yaml:8:16: `also` goes with `labels` only",
        ),
        ("{repeat: {times: 11, within: 10m}}", "p.yaml:8:26: `times` is from 2 to 10"),
        (
            "{quiet_hours: {from: 22:00}}",
            (
                'p.yaml:8:30: here belongs a time of day such as "22:00", not "22:00"; '
                'write it in quotes: "22:00"'
            ),
        ),
        (
            '{quiet_hours: {from: "22:00", to: "22:00"}}',
            "p.yaml:8:43: `from` and `to` are the same time; let them differ",
        ),
        (
            "[labels]",
            (
                "p.yaml:8:9: here belongs a mapping with the keys "
                + ", ".join(name.removesuffix("_ms") for name in When.__struct_fields__)
            ),
        ),
        (
            "{labels: [ad], suspected: [abuse]}",
            "p.yaml:8:9: labels and suspected in one rule; make a rule of each",
        ),
    ],
)
def test_a_condition_that_says_nothing_clear_is_refused(when: str, fault: str) -> None:
    assert faults_of(with_when(when)) == [fault]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "[ad]",
            "[ads]",
            'p.yaml:8:22: the model has no opinion on "ads"; did you mean ad?',
        ),
        (
            "[ad]",
            "[ad, quiet_hours]",
            (
                'p.yaml:8:26: the model has no opinion on "quiet_hours"; it knows all but '
                "at_spam, flood, quiet_hours"
            ),
        ),
        ("[ad]}", "[ad], also: [abuse]}", "p.yaml:8:33: `also` goes with `labels` only"),
        *(
            (
                "handling: look",
                f"handling: {word}",
                f'p.yaml:9:13: a suspicion is never ground for "{word}"; write `handling: look`',
            )
            for word in ("clear", "severe", "speech", "judgement", "off_topic", "flood", "quiet")
        ),
        (
            "handling: look",
            "handling: look\n  do: [review, delete]",
            'p.yaml:10:16: a suspicion brings a review alone, never "delete"; take it out',
        ),
        (
            "handling: look",
            "handling: look\n  strike: 1",
            "p.yaml:10:11: a suspicion is no strike; take `strike` out",
        ),
        (
            "handling: look",
            "handling: look\n  escalate: [owner]",
            (
                "p.yaml:10:13: a suspicion is told to who decides, and to nobody else; "
                "take `escalate` out"
            ),
        ),
        (
            "handling: look",
            "handling: look\n  remind: 请注意",
            "p.yaml:10:11: nobody is reminded on a suspicion; take `remind` out",
        ),
        (
            "suspected:",
            "labels:",
            "p.yaml:9:13: `handling: look` answers a suspicion; it goes with `suspected` only",
        ),
    ],
)
def test_nothing_but_a_look_follows_from_a_suspicion(old: str, new: str, fault: str) -> None:
    text = with_when("{suspected: [ad]}", "look")
    assert pack_of(text).rules[0].when.suspected == ("ad",)

    assert faults_of(text.replace(old, new)) == [fault]


def rule(name: str, when: str, more: str = "", handling: str = "clear") -> str:
    return f"- {{id: {name}, text: 条文, when: {when}, handling: {handling}{more}}}\n"


def test_a_rule_whose_labels_are_all_taken_before_it_is_named() -> None:
    text = SMALL + rule("a", "{labels: [ad]}") + rule("b", "{labels: [grades]}")
    text += rule("c", "{labels: [grades, ad]}")

    (fault,) = faults_of(text)

    assert fault == (
        "p.yaml:12:36: this rule can never fire: b, a before it has all its labels; put it first"
    )


def test_a_rule_whose_suspicions_are_all_asked_for_before_it_is_named() -> None:
    asks = "{suspected: [ad]}"

    (fault,) = faults_of(SMALL + rule("a", asks, "", "look") + rule("b", asks, "", "look"))

    assert fault == (
        "p.yaml:11:39: this rule can never fire: a before it has all its labels; put it first"
    )


@pytest.mark.parametrize(
    "text",
    [
        rule("a", "{labels: [ad], also: [grades]}") + rule("b", "{labels: [ad]}"),
        rule("a", "{labels: [ad]}", ", state: draft") + rule("b", "{labels: [ad]}"),
        rule("a", "{labels: [ad]}") + rule("b", "{labels: [ad]}", ", state: draft"),
        rule("a", "{labels: [ad]}", ", state: shadow") + rule("b", "{labels: [ad]}"),
        rule("a", "{labels: [ad]}") + rule("b", "{labels: [ad]}", ", state: shadow"),
        rule("a", "{labels: [ad]}") + rule("b", "{labels: [ad, grades]}"),
        rule("a", "{labels: [ad]}") + rule("b", "{suspected: [ad]}", handling="look"),
    ],
    ids=[
        "also before",
        "draft before",
        "draft itself",
        "shadow before",
        "shadow itself",
        "one label left",
        "suspected where it was not found",
    ],
)
def test_a_rule_that_can_fire_is_taken(text: str) -> None:
    assert len(pack_of(SMALL + text).rules) == 3


def test_rule_ids_differ() -> None:
    text = SMALL + rule("flood", "{labels: [ad]}")

    assert faults_of(text) == [
        'p.yaml:10:8: the rule id "flood" stands in line 6 already; ids differ'
    ]


def test_all_faults_are_given_at_once_in_the_order_of_the_text() -> None:
    text = SMALL.replace("title:", "titel:").replace("60s", "60").replace('"1"', "1")

    lines = [fault.line for fault in _faults(text)]

    assert lines == [1, 2, 3, 8]


def _faults(text: str) -> list[Fault]:
    faults = read_pack(text)
    assert isinstance(faults, list)
    return faults


@pytest.mark.parametrize(
    "text",
    ["", "# nothing\n", "[", "a: b: c", "\t- x", "{[a]: 1}", "x" * (1 << 20) + "x", "!!python/x y"],
    ids=["empty", "comment", "open", "two colons", "tab", "list as key", "large", "tag"],
)
def test_what_is_no_pack_is_one_fault_and_no_exception(text: str) -> None:
    assert len(_faults(text)) >= 1


def test_a_deep_nest_is_refused() -> None:
    (fault,) = _faults("[" * 100_000)

    assert fault.message == "nested more deeply than a pack can be"


def test_a_text_of_faults_alone_is_not_read_to_its_end() -> None:
    assert len(_faults("".join(f"k{i}: 1\n" for i in range(20_000)))) == 100


@given(st.text())
def test_no_text_raises(text: str) -> None:
    assert isinstance(read_pack(text), Pack | list)


KEYS = st.sampled_from(["id", "rules", "when", "labels", "quiet_hours", "from", "version", "x"])
VALUES = st.recursive(
    st.sampled_from(
        ['"1"', "1", "60s", "ad", "true", "22:00", '"22:00"', "null", "~", "0.5", "*a"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.lists(st.tuples(KEYS, inner), max_size=3).map(
            lambda pairs: "{" + ", ".join(f"{k}: {v}" for k, v in pairs) + "}"
        )
    ),
)


@given(st.integers(0, 8), VALUES)
def test_no_value_in_any_place_raises(line: int, value: str) -> None:
    lines = SMALL.splitlines()
    lines[line] = lines[line].split(": ")[0] + ": " + value

    assert isinstance(read_pack("\n".join(lines)), Pack | list)
