"""A pack is told as in force only where it will be."""

import pytest

from agents.clock import Clock
from agents.generations import Generations, Step
from agents.topics import Pack
from banzhang.commands import policy_apply
from banzhang.failure import Failure
from tests.unit.banzhang.test_ingress import change

GIVEN = {"BANZHANG_KAFKA": "nowhere", "BANZHANG_NAMESPACE": "t"}


@pytest.mark.parametrize("step", ["planned", "live"])
async def test_an_order_that_a_change_of_partitions_overtook_is_to_be_given_again(
    monkeypatch: pytest.MonkeyPatch, step: Step
) -> None:
    """It stands in a generation that ends, and the next one may have been told of the pack before."""
    known = [Generations()]

    async def generations(_bootstrap: str, _namespace: str) -> Generations:
        return known[-1]

    async def in_force_now(_bootstrap: str, _namespace: str) -> None: ...

    async def put_in_force(*_: object) -> int:
        known.append(change(step))
        return 8

    for name, stand_in in (
        ("generations", generations),
        ("in_force_now", in_force_now),
        ("put_in_force", put_in_force),
    ):
        monkeypatch.setattr(policy_apply, name, stand_in)

    with pytest.raises(Failure, match="give the same order again"):
        await policy_apply._apply(GIVEN, Pack("0" * 32, b""), Clock.of("real"))
