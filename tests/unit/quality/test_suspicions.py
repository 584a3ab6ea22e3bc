"""What it costs to hear the model: questions for nothing, and time."""

import pytest

import quality.suspicions
from quality.sets import Row
from quality.suspicions import PACK, cost, reviews
from schemas.policy import Pack
from streams.policy import read_pack
from tests.strategies import CRANE, INNOCENT, WHALE, opinion_of


def test_a_clean_message_is_looked_at_where_one_of_both_alone_objects() -> None:
    opinion = opinion_of({"蓝鲸": "abuse"})
    rows = [
        Row(id="1", text=WHALE),
        Row(id="2", text=CRANE),
        Row(id="3", text=f"{WHALE}，帮我集赞"),
        Row(id="4", text=WHALE, role="teacher"),
        Row(id="5", text=WHALE, labels=frozenset({"abuse"})),
        Row(id="6", text=f"傻逼，{INNOCENT}"),
    ]

    said = reviews("these", [(opinion, rows[:2]), (opinion, rows[2:])])

    assert said == "these: 2 of 4 clean, 5000.0 of 10,000"


def test_the_cost_is_told_with_what_it_is_on_top_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality.suspicions, "ROUNDS", 1)
    pack = read_pack(PACK.read_text(encoding="utf-8"))
    assert isinstance(pack, Pack)

    said = cost(pack, [WHALE, CRANE, "早"])

    assert "us where no rule asks" in said
    assert "more where one does (1 rounds)" in said
