"""What the model counts, and that it makes no difference beside which texts one is read."""

from hypothesis import given
from hypothesis import strategies as st

from streams.suspicions import Suspicions
from streams.text import SUSPECTS, fold
from streams.text.model.grams import BITS, grams_of
from streams.text.model.opinion import Opinion
from tests.strategies import CRANE, WHALE, opinion_of

SIGNS = st.sampled_from("蓝鲸灰鹤操場09９①Ａﷺ㎏\0\n 👍\u200b\ud800𠮷\U0001d7d8\U000e0100骂人")
texts = st.lists(st.text() | st.text(SIGNS) | st.sampled_from((WHALE, CRANE)), max_size=12)


def buckets(text: str) -> set[int]:
    """The places of a text's sequences, worked out letter by letter."""
    letters = "".join("0" if letter in "0123456789" else letter for letter in fold(text))
    parts = {letters[a : a + n] for n in (1, 2, 3) for a in range(len(letters) - n + 1)}
    return {place for part in parts for place in [bucket(part)] if part}


def bucket(sequence: str) -> int:
    key = 0
    for letter in sequence:
        key = key << 21 | ord(letter)
    return (key * 0x9E3779B97F4A7C15) % 2**64 >> (64 - BITS)


@given(texts)
def test_sequences_are_those_of_each_text_s_normal_form(written: list[str]) -> None:
    grams = grams_of(written)

    assert grams.counts.tolist() == [len(buckets(text)) for text in written]
    assert grams.buckets.tolist() == [place for one in written for place in sorted(buckets(one))]


@given(texts)
def test_many_texts_have_the_sequences_that_few_have(written: list[str]) -> None:
    crowd = [*written, *[""] * 5_000]

    assert grams_of(crowd).buckets.tolist() == grams_of(written).buckets.tolist()


@given(texts, st.integers(0, 12))
def test_what_is_read_together_is_suspected_as_if_read_alone(written: list[str], cut: int) -> None:
    opinion = opinion_of({"蓝鲸": "abuse", "灰鹤": "ad"})
    together, alone = Suspicions(opinion), Suspicions(opinion)

    together.read(written[:cut])
    together.read(written)

    assert [together.of(text) for text in written] == [alone.of(text) for text in written]


@given(st.text())
def test_every_text_is_read_and_what_is_suspected_is_a_label_of_the_model(text: str) -> None:
    found = Suspicions(Opinion.default()).of(text)

    assert set(found) <= set(SUSPECTS)
