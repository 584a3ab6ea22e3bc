"""The word lists: strictly read."""

import pytest

from streams.text import WordReader
from streams.text.lexicon import LexiconFault, compile_lexicon, load_lexicon


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("labels: {adverts: {words: 代购}}", "'adverts' is none of"),
        ("labels: {ad: {word: 代购}}", "'word' is none of"),
        ("labels: {ad: {words: [代购]}}", "words with spaces between"),
        ("labels: {ad: {words: 代购 ！！}}", "'！！' is no word"),
        ("labels: {ad: {together: ['{goods} & 包邮']}}", "no group or pattern is named 'goods'"),
        ("cues: {maybe: 也许}", "'maybe' is none of"),
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
