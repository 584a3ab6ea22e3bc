"""What packs share of what was found in texts, and what they must not."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from schemas.event import Attachment
from schemas.policy import Settings, Where
from streams.policy.compile import Policy, compile_pack
from streams.policy.published import pack_bytes
from streams.readings import SHOWN_LETTERS_MAX, SHOWN_MAX, Found, Readings
from streams.said import Said
from tests.strategies import PACKETS, RATE, content, policy, suspicion

RULE = content("all", "ad", "link_external", "privacy_phone", "vulgar", "media")
PLACED = msgspec.structs.replace(RULE, where=Where(found_in=("image",)))
TEXTS = (
    "https://example.com/a 团长发车啦",
    "我的电话是13912345678",
    "加我微信领红包",
    "明天带伞",
)
PICTURE = (Attachment(type="image", title="加我微信领红包"),)


def sharing(readings: Readings, *rules: Any, **settings: Any) -> Policy:
    pack = policy(*(rules or (RULE,)), settings=Settings(**settings)).pack
    return compile_pack(pack_bytes(pack), readings)


class Counting:
    """A way of reading that counts the messages that it is asked about."""

    def __init__(self) -> None:
        self.read = 0

    def __call__(
        self, standing: str, texts: Sequence[str], attachments: Sequence[Attachment]
    ) -> Sequence[Said]:
        self.read += len(texts)
        return [Said(labels=(standing, text)) for text in texts]


@pytest.mark.parametrize(
    "other",
    [
        {"allowed_hosts": ("example.com",)},
        {"public_numbers": ("13912345678",)},
        {"words": ("ad: 团长发车",)},
        {"allow_ads": True},
    ],
)
def test_packs_of_other_settings_find_what_they_find_alone(other: dict[str, Any]) -> None:
    readings = Readings()
    for settings in ({}, other, {}):
        shared, alone = sharing(readings, **settings), sharing(Readings(), **settings)
        for role in ("parent", "teacher", "outsider"):
            shared.read_ahead(role, TEXTS)
            for text in TEXTS:
                assert shared.said(text, role) == alone.said(text, role)
                assert shared.said(text, role, PICTURE) == alone.said(text, role, PICTURE)


def test_a_pack_that_reads_nothing_or_asks_the_model_shares_with_none_that_does_not() -> None:
    readings = Readings()
    packs = ((RATE,), (RULE,), (RULE, suspicion("doubt", "ad")), (PLACED,), (PACKETS,))

    for rules in packs:
        shared, alone = sharing(readings, *rules), sharing(Readings(), *rules)
        for text in TEXTS:
            assert shared.said(text, "parent") == alone.said(text, "parent")
            assert shared.said(text, "parent", PICTURE) == alone.said(text, "parent", PICTURE)


def test_what_one_pack_read_no_other_that_reads_alike_reads_again() -> None:
    readings, find = Readings(), Counting()
    first, second = readings.by("way", find), readings.by("way", Counting())

    for found in (first, second):
        found.texts["parent"].read(TEXTS)
        assert found.texts["parent"].of(TEXTS[0]) == Said(labels=("parent", TEXTS[0]))
        assert found.shown("", "parent", PICTURE) == Said(labels=("parent", ""))

    assert find.read == len(TEXTS) + 1


def test_another_way_of_reading_has_its_own_answers() -> None:
    readings, find = Readings(), Counting()
    readings.by("way", Counting()).texts["parent"].read(TEXTS)

    readings.by("other", find).texts["parent"].read(TEXTS)

    assert find.read == len(TEXTS)


def test_what_a_teacher_shows_is_not_read_as_a_parents() -> None:
    found = Found(Counting())

    assert found.shown("", "parent", PICTURE) == Said(labels=("parent", ""))
    assert found.shown("", "teacher", PICTURE) == Said(labels=("teacher", ""))


def test_messages_with_attachments_are_kept_up_to_a_bound() -> None:
    find = Counting()
    found = Found(find)
    for number in range(SHOWN_MAX + 1):
        found.shown(str(number), "parent", PICTURE)
    found.shown(str(SHOWN_MAX), "parent", PICTURE)
    assert find.read == SHOWN_MAX + 1

    long = (Attachment(type="link", url="x" * SHOWN_LETTERS_MAX),)
    for _ in range(2):
        found.shown("", "parent", long)
    assert find.read == SHOWN_MAX + 3
