"""Runs into medians and ranges, ratios, tables and `results.json`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

import orjson
from rich.table import Table

from bench.backtest import Backtested
from bench.contender import Contender
from bench.machine import facts
from bench.scores import DELAY_MAX_S, Failover, Latency, Recovery, Score

RESULTS = Path(__file__).parent / "results.json"


def throughput_rows(
    contenders: Sequence[Contender], scores: Sequence[Score]
) -> dict[str, dict[str, Any]]:
    """Each contender's runs, their medians and ranges, and its speed as a multiple of the others'.

    Contenders without a run are left out.
    """
    rows = {
        contender.name: _row(contender, [s for s in scores if s.contender == contender.name])
        for contender in contenders
        if any(score.contender == contender.name for score in scores)
    }
    for row in rows.values():
        row["times"] = {
            name: row["messages_per_s"]["median"] / other["messages_per_s"]["median"]
            for name, other in rows.items()
        }
    return rows


def _row(contender: Contender, scores: Sequence[Score]) -> dict[str, Any]:
    return {
        "title": contender.title,
        "runs": len(scores),
        "input_messages_max": contender.messages_max,
        "messages_per_s": _spread([score.messages_per_s for score in scores]),
        "messages_per_cpu_s": _spread([score.messages_per_cpu_s for score in scores]),
        "rss_max_mib": _spread([score.rss_max_bytes / 2**20 for score in scores]),
        "changelog_records": _spread([score.changelog_records for score in scores]),
    }


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": median(values), "least": min(values), "most": max(values)}


def throughput_table(rows: Mapping[str, Mapping[str, Any]], messages: int) -> Table:
    """The rows side by side; a column of ratios for each peer that ran."""
    table = Table(title=f"{messages:,} messages; medians, and the range below", show_lines=True)
    table.add_column("")
    for heading in ("messages/s", "messages/CPU-s", "peak RSS, MiB", "runs"):
        table.add_column(heading, justify="right")
    for name in rows:
        table.add_column(f"× {name}", justify="right")
    for row in rows.values():
        given = row["input_messages_max"]
        short = f"\n(first {given:,} only)" if given is not None and given < messages else ""
        table.add_row(
            row["title"] + short,
            _shown(row["messages_per_s"]),
            _shown(row["messages_per_cpu_s"]),
            _shown(row["rss_max_mib"]),
            str(row["runs"]),
            *(f"{ratio:.2f}" for ratio in row["times"].values()),
        )
    return table


def _shown(spread: Mapping[str, float]) -> str:
    return f"{spread['median']:,.0f}\n{spread['least']:,.0f}–{spread['most']:,.0f}"


def latency_rows(
    contenders: Sequence[Contender], latencies: Sequence[Latency]
) -> dict[str, dict[str, Any]]:
    """Each contender's medians and ranges over its turns; those without a turn are left out."""
    rows = {}
    for contender in contenders:
        own = [latency for latency in latencies if latency.contender == contender.name]
        if own:
            figures = {
                name: _spread([getattr(one, name) for one in own]) for name, _ in _LATENCY_FIGURES
            }
            rows[contender.name] = {"actions": own[0].actions, "turns": len(own), **figures}
    return rows


_LATENCY_FIGURES: Final = (
    ("p50_ms", "p50"),
    ("p99_ms", "p99"),
    ("max_ms", "most"),
    ("acknowledged_p50_ms", "ack p50"),
    ("acknowledged_p99_ms", "ack p99"),
)


def latency_table(rows: Mapping[str, Mapping[str, Any]]) -> Table:
    """From the produce call to the action's arrival, and to the broker's answer on the way."""
    title = "Milliseconds from writing a message to reading its action; medians of the turns"
    table = Table(title=title, show_lines=True)
    table.add_column("")
    for heading in ("actions", "turns", *(heading for _, heading in _LATENCY_FIGURES)):
        table.add_column(heading, justify="right")
    for name, row in rows.items():
        figures = (_tenths(row[figure]) for figure, _ in _LATENCY_FIGURES)
        table.add_row(name, f"{row['actions']:,}", str(row["turns"]), *figures)
    return table


def _tenths(spread: Mapping[str, float]) -> str:
    return f"{spread['median']:,.1f}\n{spread['least']:,.1f}–{spread['most']:,.1f}"


def recovery_row(recoveries: Sequence[Recovery], member_bytes: int) -> dict[str, Any]:
    """The recoveries' medians and ranges; `member_bytes` are all members' bytes on the log."""
    members = recoveries[0].members
    return {
        "members": members,
        "runs": len(recoveries),
        "records": _spread([one.records for one in recoveries]),
        "seconds": _spread([one.seconds for one in recoveries]),
        "members_per_s": _spread([one.members_per_s for one in recoveries]),
        "rss_mib": _spread([one.rss_bytes / 2**20 for one in recoveries]),
        "rss_without_mib": _spread([one.rss_without_bytes / 2**20 for one in recoveries]),
        "bytes_per_member": _spread([one.bytes_per_member for one in recoveries]),
        "log_bytes_per_member": member_bytes / members,
    }


def recovery_table(row: Mapping[str, Any]) -> Table:
    """One line a figure: what was asked for stands beside it."""
    title = f"{row['members']:,} members recovered, {row['runs']} times"
    table = Table(title=title)
    table.add_column("")
    for heading in ("median", "least", "most", "to reach"):
        table.add_column(heading, justify="right")
    for name, shown, form, wanted in (
        ("seconds", "seconds", ",.2f", "≤ 5 at 500,000"),
        ("members_per_s", "members/s", ",.0f", ""),
        ("rss_mib", "RSS, MiB", ",.1f", ""),
        ("rss_without_mib", "RSS without members, MiB", ",.1f", ""),
        ("bytes_per_member", "RSS a member, bytes", ",.0f", "≤ 600"),
    ):
        spread = row[name]
        figures = (format(spread[part], form) for part in ("median", "least", "most"))
        table.add_row(shown, *figures, wanted)
    table.add_row("state of a member on the log, bytes", f"{row['log_bytes_per_member']:,.0f}")
    return table


def failover_row(
    measured: Mapping[str, Sequence[Failover]], members: int, times: int, rate: int
) -> dict[str, Any]:
    """Medians and ranges over the kills, with a standby and without."""
    return {
        "members": members,
        "times_on_the_log": times,
        "messages_per_s": rate,
        "session_s": next(one.session_s for kills in measured.values() for one in kills),
        "ways": {
            name: {
                "kills": len(kills),
                "first_s": _spread([one.first_s for one in kills]),
                "last_s": _spread([one.last_s for one in kills]),
                "recovery_s": _spread([one.recovery_s for one in kills]),
                "records": _spread([one.records for one in kills]),
                "rss_mib": _spread([one.rss_bytes / 2**20 for one in kills]),
            }
            for name, kills in measured.items()
        },
    }


def failover_table(row: Mapping[str, Any]) -> Table:
    """One line a figure and way."""
    title = (
        f"A worker of two killed, {row['members']:,} members, {row['messages_per_s']:,} messages/s, "
        f"states {row['times_on_the_log']} times on the log, session {row['session_s']:g} s"
    )
    table = Table(title=title)
    table.add_column("")
    for heading in ("median", "least", "most", "to reach"):
        table.add_column(heading, justify="right")
    session_s = row["session_s"]
    reach = f"median ≤ {session_s + 3:g}, most ≤ {session_s + 6:g}"
    for name, way in row["ways"].items():
        for figure, shown, wanted in (
            ("first_s", "first action, s", reach),
            ("last_s", "last partition's first action, s", reach),
            ("recovery_s", "of which states, s", ""),
            ("records", "records read for them", ""),
            ("rss_mib", "RSS of the survivor, MiB", ""),
        ):
            figures = (format(way[figure][part], ",.2f") for part in ("median", "least", "most"))
            table.add_row(f"{name}: {shown}", *figures, wanted)
    return table


def growth_table(row: Mapping[str, Any]) -> Table:
    """One line a figure."""
    table = Table(title=f"8 -> {row['partitions']} partitions, {row['members']:,} members")
    for heading in ("", "measured", "to reach"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, shown, wanted in (
        ("messages", "messages while it ran", ""),
        ("estimate_s", "for how long nothing is judged, as --dry-run tells, one worker, s", ""),
        ("still_s", "for how long no action was written, two workers, s", ""),
        ("command_s", "the command, s", ""),
        ("calm_s", "longest delay of an action before it, s", ""),
        ("delay_s", "longest delay of an action, s", f"≤ {DELAY_MAX_S:.0f}"),
        ("missing", "messages without their action", "0"),
        ("repeated", "actions written twice", "0"),
    ):
        spec = "," if isinstance(row[name], int) else ",.1f"
        table.add_row(shown, format(row[name], spec), wanted)
    return table


def backtest_row(measured: Sequence[Backtested], messages: int) -> dict[str, Any]:
    """The runs' medians and ranges."""
    return {
        "messages": messages,
        "runs": len(measured),
        "seconds": _spread([one.seconds for one in measured]),
        "cpu_s": _spread([one.cpu_s for one in measured]),
        "rss_mib": _spread([one.rss_bytes / 2**20 for one in measured]),
    }


def backtest_table(row: Mapping[str, Any]) -> Table:
    """One line a figure: what was asked for stands beside it."""
    table = Table(title=f"{row['messages']:,} messages judged by two packs, {row['runs']} times")
    table.add_column("")
    for heading in ("median", "least", "most", "to reach"):
        table.add_column(heading, justify="right")
    for name, shown, wanted in (
        ("seconds", "seconds", "≤ 60 at 1,000,000"),
        ("cpu_s", "seconds of the processors", ""),
        ("rss_mib", "RSS of all processes, MiB", ""),
    ):
        spread = row[name]
        figures = (format(spread[part], ",.1f") for part in ("median", "least", "most"))
        table.add_row(shown, *figures, wanted)
    return table


def keep(section: str, measured: Mapping[str, Any]) -> None:
    """Write one benchmark's results with the machine's facts, and leave the other benchmarks'."""
    results = orjson.loads(RESULTS.read_bytes()) if RESULTS.exists() else {}
    results[section] = {"machine": facts(), **measured}
    RESULTS.write_bytes(orjson.dumps(results, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
