"""What is kept of a text, and for how long."""

from streams.fingerprints import ACKNOWLEDGED, KNOWN_MAX, LENGTH_MAX, Prints


def test_a_text_has_the_print_of_its_normal_form_under_its_key() -> None:
    prints, others = Prints(b"key"), Prints(b"another")

    assert prints.of("团 购！") == prints.of("團購")
    assert prints.of("团购") != others.of("团购")
    assert prints.of("团购") != prints.of("接龙")


def test_an_acknowledgement_and_a_text_without_words_have_none_of_their_own() -> None:
    prints = Prints(b"")

    assert prints.of("收到！") == (ACKNOWLEDGED, 0)
    assert prints.of("……") == (0, 0)


def test_no_long_text_and_no_more_than_so_many_are_kept_in_memory() -> None:
    prints = Prints(b"")

    prints.of("长" * (LENGTH_MAX + 1))
    assert not prints.known

    for number in range(KNOWN_MAX + 1):
        prints.of(f"第{number}页")
    assert len(prints.known) == 1
    assert prints.of("第1页") == Prints(b"").of("第1页")
