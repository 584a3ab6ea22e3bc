"""A published pack made ready: its name, its engine, what its rules need."""

import msgspec
import pytest

from schemas.policy import Rate, Rule, Settings, When
from streams.policy.compile import compile_pack
from streams.policy.published import UnknownEngine, pack_bytes, pack_hash
from tests.strategies import HOUR, PACKETS, RATE, REPEAT, Chat, content, message, policy, red_packet


def test_equal_packs_have_one_name_and_any_change_another() -> None:
    assert policy(PACKETS).ref == policy(PACKETS).ref
    assert policy(PACKETS).ref.version != policy(PACKETS, mutes=True).ref.version
    assert policy(PACKETS).ref.version != policy(PACKETS, RATE).ref.version


def test_a_pack_s_name_is_the_hash_of_its_bytes() -> None:
    pack = policy(PACKETS)
    raw = pack_bytes(pack.pack)

    assert pack.ref.version == pack_hash(raw)
    assert len(pack.ref.version) == 32
    assert compile_pack(raw).pack == pack.pack


def test_a_pack_of_another_engine_is_not_guessed_at() -> None:
    raw = pack_bytes(policy(PACKETS).pack).replace(b'"engine":"2"', b'"engine":"0"')

    with pytest.raises(UnknownEngine, match=r"engine 0.*publish it again"):
        compile_pack(raw)


def test_bytes_that_are_no_pack_are_told() -> None:
    with pytest.raises(msgspec.ValidationError):
        compile_pack(b"{}")


def test_drafts_judge_nothing() -> None:
    draft = msgspec.structs.replace(PACKETS, state="draft")

    assert Chat(policy(draft, RATE)).send(red_packet("r")) == []


def test_the_ring_holds_what_the_largest_window_needs() -> None:
    crowd = When(rate=Rate(messages=60, within_ms=HOUR))
    large = Rule(id="large", text="慢。", when=crowd, handling="flood")
    chat = Chat(policy(large, REPEAT))

    actions = chat.send(*(message(f"e{i}", text=str(i)) for i in range(60)))

    assert [len(action.evidence) for action in actions] == [60]


def test_settings_switch_labels_off() -> None:
    ads = content("ads", "ad", "red_packet")

    assert policy(ads).contents[0].labels == {"ad", "red_packet"}
    assert policy(ads, settings=Settings(allow_ads=True)).contents[0].labels == {"red_packet"}
