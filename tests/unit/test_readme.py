"""What the README shows is what its reader gets."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from schemas.action import encode_action
from schemas.policy import Pack
from streams.pipeline import judge_lines
from streams.policy import read_pack
from streams.policy.compile import compile_pack
from streams.policy.published import pack_bytes

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["README.md", "README.en.md"])
def test_the_action_that_is_shown_is_the_one_that_is_printed(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    events, shown = next(
        (block.strip().splitlines(), json.loads(after.replace("\n", "")))
        for block, after in pairwise(blocks)
        if '"kind":"message"' in block and '"evidence"' in after
    )

    printed = [json.loads(encode_action(action)) for action in judged(events)]

    assert len(printed) == 5
    assert printed[1] == shown


@pytest.mark.parametrize("name", ["README.md", "README.en.md"])
def test_every_test_that_a_guarantee_names_is_there(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")

    # `[system/test_faults.py](tests/system/test_faults.py)<br>`test_...`<br>`test_...`
    named = re.findall(r"\]\((tests/[^)]+\.py)\)((?:<br>`test_\w+`)*)", text)

    assert len(named) > 10
    for path, tests in named:
        written = (ROOT / path).read_text(encoding="utf-8")
        for test in re.findall(r"test_\w+", tests):
            assert f"def {test}(" in written, f"{name} names {test}, which {path} does not have"


def judged(lines: list[str]) -> list[Any]:
    """The actions of lines under the pack that a district starts with."""
    path = ROOT / "policies/default.yaml"
    pack = read_pack(path.read_text(encoding="utf-8"), source=str(path))
    assert isinstance(pack, Pack)
    policy = compile_pack(pack_bytes(pack))
    actions, bad = judge_lines(
        [line.encode() for line in lines], {policy.ref.version: policy}, policy.ref.version
    )
    assert bad == []
    return actions
