"""What it costs to hear the model: questions for nothing, and time."""

import pytest

import quality.suspicions
from quality.sets import Row
from quality.suspicions import PACK, cost, parents, reviews
from schemas.policy import Pack
from streams.policy import read_pack
from streams.suspicions import Suspicions
from streams.text.lexicon import load_lexicon
from tests.strategies import CRANE, WHALE, model_of


def test_a_clean_message_is_looked_at_where_something_is_suspected_and_nothing_found() -> None:
    known = Suspicions(model_of({"蓝鲸": "abuse"}), load_lexicon())
    rows = [
        Row(id="1", text=WHALE),
        Row(id="2", text=CRANE),
        Row(id="3", text=f"{WHALE}，帮我集赞"),
        Row(id="4", text=WHALE, role="teacher"),
        Row(id="5", text=WHALE, labels=frozenset({"abuse"})),
    ]

    assert reviews("these", known, rows) == "these: 1 of 3 clean, 3333.3 of 10,000"


def test_what_parents_write_all_day_is_there_once_a_line() -> None:
    texts = [row.text for row in parents()]

    assert len(texts) == len(set(texts)) > 200


def test_the_cost_is_told_with_what_it_is_on_top_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality.suspicions, "ROUNDS", 1)
    pack = read_pack(PACK.read_text(encoding="utf-8"))
    assert isinstance(pack, Pack)

    said = cost(pack, [WHALE, CRANE, "早"])

    assert "us where no rule asks" in said
    assert "more where one does (1 rounds)" in said
