"""The word lists: strictly read."""

import pytest

from streams.text import WordReader
from streams.text.lexicon import (
    LexiconFault,
    compile_lexicon,
    least_sets,
    load_lexicon,
    read_own_words,
    shipped_lists,
    with_own_words,
)
from streams.text.lexicon.check import check_lexicon
from streams.text.words import Words


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("labels: {adverts: {words: 代购}}", "'adverts' is none of"),
        ("labels: {ad: {word: 代购}}", "'word' is none of"),
        ("labels: {ad: {words: [代购]}}", "words with spaces between"),
        ("labels: {ad: {words: 代购 ！！}}", "'！！' is no word"),
        ("labels: {ad: {together: ['{goods} & 包邮']}}", "no group or pattern is named 'goods'"),
        ("turns: {maybe: 也许}", "'maybe' is none of"),
        ("labels: {ad: {within: ['包邮']}}", "is no list and a pattern"),
        ("labels: {ad: {within: ['包 & 邮']}}", "'邮' is no pattern"),
        ("labels: [ad]", "expected a mapping"),
    ],
)
def test_a_faulty_list_is_refused_with_the_place(source: str, words: str) -> None:
    with pytest.raises(LexiconFault, match=words):
        compile_lexicon({"trade": source})


def test_a_rule_of_patterns_alone_is_refused() -> None:
    source = "{patterns: {price: '[0-9]+元'}, labels: {ad: {together: ['{price}']}}}"

    with pytest.raises(LexiconFault, match="needs a list"):
        WordReader.of(compile_lexicon({"trade": source}))


def test_the_longest_word_wins() -> None:
    source = "{allow: 红包袋, labels: {red_packet: {words: 红包 红包袋子, allow: 小红包子}}}"
    reader = WordReader.of(compile_lexicon({"mine": source}))

    assert reader.read("做红包袋") == ()
    assert reader.read("吃小红包子") == ()
    assert [match.text for match in reader.read("做红包袋子")] == ["红包袋子"]


def test_the_shipped_lists_are_sound() -> None:
    lexicon = load_lexicon()

    assert WordReader.of(lexicon).read("代购")
    assert len(lexicon.rules) > 100


def found(source: str, text: str, role: str = "parent") -> set[str]:
    reader = WordReader.of(compile_lexicon({"mine": source}))
    return {match.label for match in reader.read(text, (), role)}


WEIGHED = """
groups: {goods: 蜂蜜 鸡蛋, praise: 好吃 新鲜}
patterns: {price: '[0-9]+元'}
labels:
  ad:
    weigh:
      need: 4
      of: {'{goods}': 2, '{price}': 2, '{praise}': 1, '包邮|自提': 3}
"""


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("蜂蜜20元", True),
        ("鸡蛋自提", True),
        ("新鲜，包邮", True),
        ("新鲜的鸡蛋", False),
        ("新鲜，20元", False),
        ("蜂蜜和鸡蛋", False),
    ],
)
def test_groups_that_weigh_enough_together_are_a_finding(text: str, is_found: bool) -> None:
    assert (found(WEIGHED, text) == {"ad"}) is is_found


def test_least_sets_weigh_enough_and_no_part_of_them_does() -> None:
    weights = {"a": 3, "b": 2, "c": 2, "d": 1}

    assert list(least_sets(weights, 4)) == [("a", "b"), ("a", "c"), ("a", "d"), ("b", "c")]
    assert list(least_sets(weights, 9)) == []


def test_weights_that_never_suffice_are_refused() -> None:
    with pytest.raises(LexiconFault, match="0 ways to reach 5"):
        compile_lexicon({"mine": "labels: {ad: {weigh: {need: 5, of: {蜂蜜: 2, 包邮: 2}}}}"})


def test_a_rule_for_outsiders_counts_for_them_alone_and_only_by_itself() -> None:
    source = "labels: {ad: {outsider: [免费], allow: 免费参加}, porn: {words: 裸聊}}"

    assert found(source, "免费领取", "outsider") == {"ad"}
    assert found(source, "免费参加", "outsider") == set()
    assert found(source, "免费裸聊", "outsider") == {"porn"}


def test_a_rule_for_outsiders_counts_beside_the_labels_that_its_label_names() -> None:
    source = (
        "labels: {ad: {outsider: [免费], beside: porn}, porn: {words: 裸聊}, abuse: {words: 滚蛋}}"
    )

    assert found(source, "免费裸聊", "outsider") == {"ad", "porn"}
    assert found(source, "免费裸聊", "parent") == {"porn"}
    assert found(source, "免费裸聊滚蛋", "outsider") == {"porn", "abuse"}
    assert found(source, "免费领取", "parent") == set()


def test_a_label_that_yields_is_not_said_beside_the_other() -> None:
    source = "labels: {chitchat: {words: 哈哈, yields: '*'}, abuse: {words: 蠢货}}"

    assert found(source, "哈哈") == {"chitchat"}
    assert found(source, "哈哈，蠢货") == {"abuse"}


def test_lists_of_one_label_in_several_files_add_up() -> None:
    lexicon = compile_lexicon(
        {"one": "labels: {ad: {words: 代购}}", "two": "labels: {ad: {words: 微商 代购}}"}
    )

    assert lexicon.groups["=ad"] == ("代购", "微商")
    assert len(lexicon.rules) == 1


def test_a_school_s_own_words_are_found_and_allowed_beside_the_shipped() -> None:
    own = read_own_words(["ad：团长发车 好物分享", "allow: 红包书"])
    reader = WordReader.default().with_settings(own_words=own)

    assert {match.label for match in reader.read("团长發車啦")} == {"ad"}
    assert {match.label for match in reader.read("抢红包啦")} == {"red_packet"}
    assert reader.read("抢红包书") == ()
    assert WordReader.default().read("团长发车啦") == ()


def test_own_words_beside_the_shipped_lists_find_what_lists_made_of_both_find() -> None:
    # A shipped word that is in a pair or turns becomes one of its own, and one that was is none.
    own = read_own_words(["ad: 团长发车 包邮 收到", "allow: 代购 红包书", "chitchat: 抹茶"])
    shipped = WordReader.default()
    beside = shipped.with_settings(own_words=own)
    anew = WordReader.of(with_own_words(load_lexicon(), own))
    texts = [
        "团长发车",
        "tuanzhang发车",
        "找代购",
        "红包书和红包",
        "抹a茶",
        "家委会收费",
        "收到",
        "加微信买课",
    ]

    for text in texts:
        assert beside.read(text) == anew.read(text)
    assert [match.label for match in beside.read("包邮的")] == ["ad"]
    assert not shipped.read("包邮的")


def test_a_school_s_own_words_cost_no_second_copy_of_the_shipped_ones() -> None:
    own = read_own_words(["ad: 团长发车"])
    shipped = Words(load_lexicon())

    more = Words(with_own_words(shipped.lexicon, own), shipped)

    assert more.keys[:1] == shipped.keys
    assert more.others == shipped.others


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("代购", "write LABEL: WORD WORD"),
        ("ad:", "write LABEL: WORD WORD"),
        ("adverts: 代购", "'adverts' is no label"),
        ("ad: 卖", "'卖' is a single letter"),
        ("ad: ！！", "'！！' is no word"),
    ],
)
def test_a_faulty_line_of_own_words_is_refused_with_its_mend(line: str, words: str) -> None:
    with pytest.raises(LexiconFault, match=words):
        read_own_words([line])


@pytest.mark.parametrize(
    ("source", "line", "column", "words"),
    [
        ("", 1, 1, "the file is empty"),
        ("label: {}", 1, 1, 'unknown key "label"; did you mean labels?'),
        ("labels:\n  adverts: {words: 代购}", 2, 3, 'unknown label "adverts"'),
        ("labels:\n  abuze: {words: 代购}", 2, 3, "did you mean abuse?"),
        ("labels:\n  ad: {word: 代购}", 2, 8, "did you mean words?"),
        ("labels:\n  ad: {words: [代购]}", 2, 15, "here belong words with spaces between"),
        ("labels:\n  ad: {words: 代购 ！！}", 2, 18, "nothing is left in normal form"),
        ("labels:\n  ad:\n    words: >\n      代购 微商\n      代購", 5, 7, "in line 4 already"),
        ("labels:\n  ad:\n    words: >\n      代购 卖", 4, 10, "is a single letter"),
        ("labels:\n  ad:\n    together:\n    - '{godos} & 包邮'", 4, 7, "did you mean goods?"),
        ("labels:\n  ad:\n    together: ['{price}']", 3, 16, "needs a list of words"),
        ("labels:\n  ad:\n    together: [' & 包邮']", 3, 16, '"" is no word'),
        ("labels:\n  ad:\n    together: 包邮", 3, 15, "here belongs a list"),
        ("patterns: {mine: '(?=a)'}", 1, 18, "RE2 refuses this pattern"),
        ("labels:\n  ad: {words: 代购, allow: 明天见}", 2, 26, "no word of ad stands in it"),
        ("allow: 齉齉", 1, 8, "no shorter word stands in it"),
        ("turns: {maybe: 也许}", 1, 9, 'unknown key "maybe"'),
        ("labels:\n  ad: {weigh: {need: 9, of: {包邮: 1}}}", 2, 22, "do not reach 9"),
        ("labels:\n  ad: {weigh: {need: x, of: {包邮: 1}}}", 2, 22, "a whole number from 1"),
        ("labels:\n  ad: {weigh: {need: 1}}", 2, 15, "the key `of` is missing"),
        ("labels:\n  ad: {yields: ad}", 2, 16, "can't yield to itself"),
        ("labels:\n  ad: {beside: ad}", 2, 16, "can't stand beside itself"),
        ("labels:\n  ad: {yields: abuze}", 2, 16, "did you mean abuse?"),
        ("labels:\n  ad: {within: ['包邮']}", 2, 17, "a list and the pattern that it stands in"),
        ("labels:\n  ad: {within: ['包 & 邮']}", 2, 17, "a list and the pattern"),
        ("labels:\n  urgent: {words: 急死}\n  ad: {words: 代购}", 2, 3, 'unknown label "urgent"'),
        ("labels:\n  urgent: {words: 急死, allow: 不慌}", 2, 30, "no word of urgent stands in it"),
        ("labels: [ad]", 1, 9, "here belongs a mapping"),
        ("labels: {ad: {", 2, 1, "YAML"),
    ],
)
def test_each_fault_of_a_list_is_named_with_its_place(
    source: str, line: int, column: int, words: str
) -> None:
    faults = check_lexicon(source, "mine.yaml")

    assert [(fault.line, fault.column) for fault in faults] == [(line, column)]
    assert words in faults[0].message


def test_all_faults_are_told_at_once() -> None:
    faults = check_lexicon("labels:\n  ad: {words: 卖 卖}\n  abuze: {}\n  vulgar: {wrds: 牛}")

    assert [fault.line for fault in faults] == [2, 2, 3, 4]


@pytest.mark.parametrize("name", shipped_lists())
def test_the_shipped_lists_have_no_fault(name: str) -> None:
    assert check_lexicon(shipped_lists()[name], name) == []


def test_a_list_counts_where_it_stands_in_what_its_pattern_finds() -> None:
    source = """
        patterns: {ends: '.吗$'}
        labels: {ad: {within: ['要吗|吗|买 & {ends}']}}
    """
    reader = WordReader.of(compile_lexicon({"mine": source}))

    assert [match.text for match in reader.read("有人买，要吗")] == ["要吗"]
    assert reader.read("吗啡要不得") == ()
    assert reader.read("买") == ()


def test_the_lists_of_ways_of_speaking_are_checked_as_such() -> None:
    source = "labels:\n  urgent: {words: 急死}\n  question: {together: ['{asking_word} & 吗']}"

    assert check_lexicon(source) == []
