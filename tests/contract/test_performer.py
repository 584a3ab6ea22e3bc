"""What the performer promises of any adapter: once, in time, and only what is possible."""

import pytest

from adapters.memory import MemoryAdapter
from adapters.performer import Performer
from adapters.protocol import Backoff, Capabilities, NotSent, Unavailable
from adapters.register import CLAIMED, MemoryRegister
from schemas.action import Outcome
from tests.contract.actions import NOW, action_of

AT_ONCE = Backoff(base_ms=0, cap_ms=0, tries_max=3)


def performer_of(
    adapter: MemoryAdapter, register: MemoryRegister | None = None, now_ms: int = NOW
) -> Performer:
    return Performer(adapter, register or MemoryRegister(), now_ms=lambda: now_ms, backoff=AT_ONCE)


def status_of(outcome: Outcome | None) -> str:
    assert outcome is not None
    return outcome.status


async def test_a_repeated_action_is_performed_once_and_told_as_duplicate() -> None:
    adapter = MemoryAdapter(lambda: NOW)
    performer = performer_of(adapter)

    told = [status_of(await performer.settle(action_of())) for _ in range(3)]

    assert told == ["done", "duplicate", "duplicate"]
    assert adapter.calls == 1


async def test_two_adapters_that_share_a_register_perform_an_action_once() -> None:
    register = MemoryRegister()
    first, second = MemoryAdapter(lambda: NOW), MemoryAdapter(lambda: NOW)

    await performer_of(first, register).settle(action_of())
    await performer_of(second, register).settle(action_of())

    assert (first.calls, second.calls) == (1, 0)


async def test_the_last_moment_before_expiry_is_in_time() -> None:
    adapter = MemoryAdapter(lambda: NOW)

    assert status_of(await performer_of(adapter).settle(action_of(expires_at=NOW))) == "done"


async def test_an_expired_action_is_not_performed_and_stays_so() -> None:
    adapter, register = MemoryAdapter(lambda: NOW), MemoryRegister()
    late = action_of(expires_at=NOW - 1)

    first = await performer_of(adapter, register).settle(late)
    # A second adapter whose clock is behind must not perform what the log says expired.
    second = await performer_of(adapter, register, now_ms=NOW - 60_000).settle(late)

    assert (status_of(first), status_of(second)) == ("expired", "expired")
    assert adapter.calls == 0


async def test_an_action_without_an_expiry_is_never_too_late() -> None:
    adapter = MemoryAdapter(lambda: NOW)
    action = action_of(kind="review", expires_at=None)

    assert status_of(await performer_of(adapter, now_ms=NOW * 2).settle(action)) == "done"


async def test_a_done_action_that_comes_again_after_its_expiry_is_a_duplicate() -> None:
    adapter, register = MemoryAdapter(lambda: NOW), MemoryRegister()
    await performer_of(adapter, register).settle(action_of())

    again = await performer_of(adapter, register, now_ms=NOW * 2).settle(action_of())

    assert status_of(again) == "duplicate"


@pytest.mark.parametrize("mode", ["shadow", "late"])
async def test_what_is_not_live_is_neither_performed_nor_answered(mode: str) -> None:
    adapter = MemoryAdapter(lambda: NOW)

    assert await performer_of(adapter).settle(action_of(mode=mode)) is None
    assert adapter.calls == 0


async def test_what_the_platform_cannot_do_is_said_and_not_tried() -> None:
    adapter = MemoryAdapter(lambda: NOW, capabilities=Capabilities(kinds=frozenset({"notice"})))

    outcome = await performer_of(adapter).settle(action_of(kind="delete"))

    assert outcome is not None
    assert (outcome.status, outcome.detail) == ("unsupported", "the platform has no delete")
    assert adapter.calls == 0


async def test_a_platform_that_was_not_reached_is_asked_again() -> None:
    adapter = MemoryAdapter(lambda: NOW, faults=[NotSent(), NotSent()])

    assert status_of(await performer_of(adapter).settle(action_of())) == "done"
    assert adapter.calls == 3


async def test_a_platform_that_is_never_reached_is_a_failure_after_the_tries() -> None:
    adapter = MemoryAdapter(lambda: NOW, faults=[NotSent()] * 9)

    outcome = await performer_of(adapter).settle(action_of())

    assert outcome is not None
    assert (outcome.status, outcome.detail) == ("failed", "not reached")
    assert adapter.calls == 3


async def test_a_reminder_in_doubt_is_not_said_twice() -> None:
    adapter = MemoryAdapter(lambda: NOW, faults=[Unavailable()], after=True)

    assert status_of(await performer_of(adapter).settle(action_of())) == "failed"
    assert adapter.calls == 1


async def test_a_deletion_in_doubt_is_tried_again() -> None:
    adapter = MemoryAdapter(lambda: NOW, faults=[Unavailable()], after=True)

    assert status_of(await performer_of(adapter).settle(action_of(kind="delete"))) == "done"
    assert adapter.calls == 2


@pytest.mark.parametrize(
    ("kind", "status", "calls"), [("remind", "failed", 0), ("delete", "done", 1)]
)
async def test_after_a_crash_in_the_call_only_what_may_be_done_twice_is(
    kind: str, status: str, calls: int
) -> None:
    adapter, register = MemoryAdapter(lambda: NOW), MemoryRegister()
    register.words["a1"] = CLAIMED

    outcome = await performer_of(adapter, register).settle(action_of(kind=kind))  # type: ignore[arg-type]

    assert status_of(outcome) == status
    assert adapter.calls == calls


def test_pauses_grow_to_their_cap_and_are_as_many_as_the_further_tries() -> None:
    pauses = list(Backoff(base_ms=100, cap_ms=400, tries_max=6).pauses_s())

    assert len(pauses) == 5
    assert all(
        whole / 2 <= pause <= whole
        for whole, pause in zip([0.1, 0.2, 0.4, 0.4, 0.4], pauses, strict=True)
    )
