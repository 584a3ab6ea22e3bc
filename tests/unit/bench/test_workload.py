from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise

import msgspec
import pytest

from bench.rules import RATE, REPEAT, Finding
from bench.workload import Message, Workload, yesterday_morning

BEGAN_AT = yesterday_morning(datetime(2026, 3, 3, 12, tzinfo=UTC))


@pytest.fixture(scope="module")
def workload() -> Workload:
    return Workload.make(20_000, BEGAN_AT)


def test_the_same_seed_makes_the_same_input(workload: Workload) -> None:
    assert Workload.make(20_000, BEGAN_AT) == workload


def test_a_shorter_input_is_the_beginning_of_a_longer_one(workload: Workload) -> None:
    assert Workload.make(500, BEGAN_AT) == workload.first(500)
    assert workload.first(None) == workload


def test_the_expectation_of_a_beginning_is_the_beginning_of_the_expectation(
    workload: Workload,
) -> None:
    beginning = workload.first(5_000).expected

    assert beginning == workload.expected[: len(beginning)]


def test_a_low_share_of_the_messages_is_found_and_both_rules_find_some(
    workload: Workload,
) -> None:
    rules = [finding.rule for finding in workload.expected]

    assert 0.03 < len(rules) / len(workload.messages) < 0.06
    assert min(rules.count(RATE), rules.count(REPEAT)) > 100


def test_messages_stand_in_order_of_time_and_in_the_past(workload: Workload) -> None:
    times = [message.sent_at for message in workload.messages]

    assert times == sorted(times)
    assert times[0] >= BEGAN_AT
    assert datetime.fromtimestamp(BEGAN_AT / 1000, UTC) == datetime(2026, 3, 1, 23, tzinfo=UTC)


def test_a_hopping_window_of_a_minute_by_half_a_minute_counts_what_a_sliding_one_does(
    workload: Workload,
) -> None:
    times: dict[tuple[str, str], list[int]] = defaultdict(list)
    for message in workload.messages:
        times[message.group_id, message.member_id].append(message.sent_at)

    for sent in times.values():
        for now in sent:
            begin = now // 30_000 * 30_000 - 30_000
            sliding = sum(now - 60_000 < at <= now for at in sent)
            hopping = sum(begin <= at <= now for at in sent)

            assert (sliding >= 10) == (hopping >= 10)


def test_no_run_of_one_text_grows_by_chance(workload: Workload) -> None:
    said: dict[tuple[str, str], list[Message]] = defaultdict(list)
    for message in workload.messages:
        said[message.group_id, message.member_id].append(message)

    for messages in said.values():
        for one, following in pairwise(messages):
            if one.text == following.text:
                assert following.sent_at - one.sent_at < 60_000


def test_a_message_is_an_event_of_the_wire_contract(workload: Workload) -> None:
    event = msgspec.json.decode(workload.messages[0].value)

    assert event["kind"] == "message"
    assert workload.messages[0].key.decode() == f"{event['platform']}:{event['group_id']}"
    assert set(event) == {
        "id", "kind", "platform", "group_id", "member_id", "sent_at", "text",
    }  # fmt: skip


def test_a_batch_has_behind_it_what_came_before_its_last_finding_in_each_partition() -> None:
    group = [Message(f"m{n}", "g1", "m1", n, "") for n in range(10)]
    workload = Workload(tuple(group))

    found = [Finding("m3", RATE, 1), Finding("m6", REPEAT, 2)]

    assert workload.judged_with(found, 8) == 7
    assert workload.judged_with([], 8) == 0
