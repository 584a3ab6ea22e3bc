"""What is kept of answers: asked once, many at a time, and bounded."""

from collections.abc import Sequence

from streams import kept
from streams.kept import Kept


class Lengths:
    """Answers with a text's length, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, texts: Sequence[str]) -> list[int]:
        self.asked.append(list(texts))
        return list(map(len, texts))


def test_what_was_read_ahead_is_not_asked_again() -> None:
    lengths = Lengths()
    known = Kept(lengths)

    known.read(["a", "bb", "a"])
    known.read(["bb", "ccc"])

    assert [known.of(text) for text in ("a", "bb", "ccc", "dddd", "dddd")] == [1, 2, 3, 4, 4]
    assert lengths.asked == [["a", "bb"], ["ccc"], ["dddd"]]


def test_a_long_text_is_asked_alone_each_time() -> None:
    lengths = Lengths()
    known = Kept(lengths)
    long = "x" * (kept.TEXT_MAX + 1)

    known.read([long])

    assert [known.of(long), known.of(long)] == [len(long)] * 2
    assert lengths.asked == [[long], [long]]


def test_neither_many_texts_nor_long_ones_fill_the_memory() -> None:
    many, long = Kept(Lengths()), Kept(Lengths())

    for piece in range(2 * kept.TEXTS_MAX // 256):
        many.read([f"{piece} {at}" for at in range(256)])
    for piece in range(20):
        long.read([f"{piece} {at}".ljust(kept.TEXT_MAX) for at in range(64)])

    assert len(many._known) <= kept.TEXTS_MAX
    assert sum(map(len, long._known)) <= kept.LETTERS_MAX
    assert long.of("abc") == 3
