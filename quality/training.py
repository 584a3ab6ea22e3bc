"""`python -m quality.training`: train the model anew; write weights, card and picture."""

from pathlib import Path
from typing import Final

from quality.card import Facts, card
from quality.cross import cross, topic_left_out
from quality.curve import drawn, trade_off
from quality.train import RECIPES, read_corpus, train
from streams.text.model import Model

ROOT: Final = Path(__file__).parents[1]
WEIGHTS: Final = ROOT / "streams" / "text" / "model" / "weights.bin"
CARD: Final = WEIGHTS.with_name("CARD.md")
PICTURE: Final = ROOT / "docs" / "pictures" / "model-trade-off.svg"


def main() -> None:
    """Train on everything, cross-validate, write, and say what was written."""
    corpus = read_corpus()
    data = train(corpus)
    model = Model.of(data)
    crossed = cross(corpus)
    points = trade_off(corpus, crossed)
    facts = Facts(model.places, len(data), model.trained_on)
    WEIGHTS.write_bytes(data)
    text = card(corpus, crossed, points, topic_left_out(corpus), facts)
    CARD.write_text(text, encoding="utf-8")
    PICTURE.write_text(drawn(points, RECIPES["abuse"].threshold), encoding="utf-8")
    for path in (WEIGHTS, CARD, PICTURE):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
