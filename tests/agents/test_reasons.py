"""Every exit by name is forced in a test; this is the table, and it has no holes."""

import ast
from pathlib import Path
from typing import Final

import pytest

from agents.exits import REASONS

TESTS: Final = Path(__file__).parents[1]

FORCED: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    # reason: file and test, the one where the cause is made in process first
    "agent": (("agents/test_worker.py", "test_an_agent_that_stops_reading_ends_the_process"),),
    "body": (
        ("agents/test_judge.py", "test_an_exception_in_the_body_ends_the_process_by_name"),
        (
            "system/test_exits.py",
            "test_neither_log_nor_metrics_nor_the_last_line_hold_anybodys_words",
        ),
    ),
    "crashed": (
        (
            "agents/test_worker.py",
            "test_a_service_of_fausts_that_fails_ends_the_process_at_once",
        ),
        ("agents/test_worker.py", "test_the_consumers_thread_does_not_die_unseen"),
        ("system/test_exits.py", "HANGS"),
    ),
    "fence_beyond_log": (
        ("agents/test_keeper.py", "test_a_log_that_ends_at_or_below_the_fence_ends_the_process"),
        (
            "system/test_transport.py",
            "test_a_topic_made_anew_is_refused_when_it_is_shorter_and_when_it_has_grown",
        ),
    ),
    "fetch": (("agents/test_transport.py", "test_a_drain_that_fails_ends_the_process"),),
    "foreign_write": (
        (
            "agents/test_judge.py",
            "test_a_foreign_write_is_found_by_the_base_offset_of_the_answer",
        ),
        (
            "system/test_transport.py",
            "test_a_foreign_write_to_an_idle_partition_ends_its_owner_too",
        ),
    ),
    "group_too_large": (
        ("agents/test_outbox.py", "test_a_group_that_fits_into_no_batch_ends_the_process"),
    ),
    "handover": (
        ("agents/test_ledger.py", "test_a_settle_that_does_not_end_in_time_ends_the_process"),
        ("system/test_exits.py", "HANGS"),
    ),
    "hole": (
        (
            "agents/test_ledger.py",
            "test_a_confirm_over_a_hole_or_over_what_is_settled_ends_the_process",
        ),
    ),
    "internals": (
        (
            "agents/test_worker.py",
            "test_a_library_without_what_is_needed_is_named_before_anything_begins",
        ),
    ),
    "log_replaced": (
        (
            "agents/test_keeper.py",
            "test_a_log_with_another_record_at_the_place_of_the_states_ends_the_process",
        ),
        (
            "system/test_transport.py",
            "test_a_topic_made_anew_is_refused_when_it_is_shorter_and_when_it_has_grown",
        ),
    ),
    "metrics": (("agents/test_worker.py", "test_a_port_that_is_taken_ends_a_worker_by_name"),),
    "pack": (("agents/test_upkeep.py", "test_a_pack_that_can_not_be_compiled_ends_the_process"),),
    "packs": (
        ("agents/test_upkeep.py", "test_a_worker_that_no_longer_reads_the_packs_ends_by_name"),
        ("system/test_exits.py", "HANGS"),
    ),
    "producer": (
        ("agents/test_outbox.py", "test_a_write_that_fails_ends_the_process"),
        ("agents/test_worker.py", "test_a_sender_of_the_producer_that_is_dead_ends_the_next_write"),
        ("system/test_exits.py", "HANGS"),
    ),
    "record_too_large": (
        ("agents/test_outbox.py", "test_a_record_that_fits_into_no_batch_ends_the_process"),
    ),
    "recovery": (("agents/test_transport.py", "test_a_fault_while_taking_over_ends_the_process"),),
    "recovery_deadline": (
        ("agents/test_worker.py", "test_a_recovery_that_hangs_ends_at_its_deadline"),
        ("system/test_exits.py", "HANGS"),
    ),
    "rejects": (
        (
            "agents/test_judge.py",
            "test_too_many_bad_records_end_the_process_before_one_of_them_is_written",
        ),
        (
            "system/test_poison.py",
            "test_too_many_bad_records_in_a_row_stop_the_worker_with_a_clear_message",
        ),
    ),
    "shutdown": (
        ("agents/test_worker.py", "test_an_end_that_hangs_is_cut_off_by_name"),
        ("system/test_exits.py", "HANGS"),
    ),
    "stalled": (
        (
            "agents/test_lease.py",
            "test_whoever_stood_still_for_most_of_a_session_ends_before_a_write",
        ),
        ("system/test_exits.py", "test_a_worker_that_was_frozen_past_its_session_ends_by_name"),
    ),
    "starved": (
        ("agents/test_upkeep.py", "test_an_owned_partition_that_stands_still_ends_the_process"),
        ("agents/test_upkeep.py", "test_an_owned_partition_that_never_begins_ends_the_process"),
        ("system/test_exits.py", "HANGS"),
    ),
    "stuck": (
        ("agents/test_lease.py", "test_the_watchdog_ends_the_process_of_a_stuck_loop"),
        (
            "system/test_exits.py",
            "test_a_worker_whose_loop_stands_still_says_so_while_it_stands",
        ),
    ),
    "topics": (("system/test_transport.py", "test_a_worker_refuses_to_run_without_its_topics"),),
    "uncommitted": (
        ("agents/test_upkeep.py", "test_commits_that_are_never_taken_end_the_process"),
        ("system/test_exits.py", "HANGS"),
    ),
    "unheard": (
        (
            "agents/test_lease.py",
            "test_a_member_that_the_group_does_not_answer_writes_nothing_more",
        ),
        ("system/test_exits.py", "HANGS"),
    ),
    "unjoined": (
        (
            "agents/test_upkeep.py",
            "test_a_worker_that_the_group_has_forgotten_ends_although_it_owns_nothing",
        ),
    ),
    "unready": (("agents/test_worker.py", "test_a_worker_without_a_broker_ends_by_name"),),
    "upkeep": (
        (
            "agents/test_upkeep.py",
            "test_a_task_that_ends_before_the_worker_ends_the_process",
        ),
    ),
}


def test_every_exit_is_forced_somewhere_and_none_is_forced_that_is_not_there() -> None:
    assert FORCED.keys() == REASONS.keys()


@pytest.mark.parametrize("reason", FORCED)
def test_the_test_that_forces_an_exit_is_there_and_speaks_of_it(reason: str) -> None:
    for file, name in FORCED[reason]:
        source = (TESTS / file).read_text("utf-8")
        found = [
            ast.get_source_segment(source, node) or ""
            for node in ast.parse(source).body
            if name in _names(node)
        ]
        assert len(found) == 1, f"{file} has no {name}"
        assert reason in found[0], f"{name} does not speak of `{reason}`"


def _names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return {node.name}
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    return set()
