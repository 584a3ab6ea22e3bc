"""`python -m quality.training`: train the model anew; write weights, card and picture."""

from pathlib import Path
from typing import Final

from quality.card import card
from quality.cross import cross, topic_left_out
from quality.curve import drawn, trade_off
from quality.train import RECIPES, read_corpus, train
from streams.text.model.opinion import NAMES_FILE, SIGNS_FILE

ROOT: Final = Path(__file__).parents[1]
MODEL: Final = ROOT / "streams" / "text" / "model"
CARD: Final = MODEL / "CARD.md"
PICTURE: Final = ROOT / "docs" / "pictures" / "model-trade-off.svg"


def main() -> None:
    """Train on everything, cross-validate, write, and say what was written."""
    corpus = read_corpus()
    trained = train(corpus)
    crossed = cross(corpus)
    points = trade_off(corpus, crossed)
    signs, names = MODEL / SIGNS_FILE, MODEL / NAMES_FILE
    signs.write_bytes(trained.signs)
    names.write_bytes(trained.names)
    text = card(corpus, crossed, points, topic_left_out(corpus), trained)
    CARD.write_text(text, encoding="utf-8")
    PICTURE.write_text(drawn(points, RECIPES["abuse"].threshold), encoding="utf-8")
    for path in (signs, names, CARD, PICTURE):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
