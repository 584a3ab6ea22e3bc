"""`python -m bench
[all|judge|throughput|latency|restart|recovery|failover|growth|backtest|soak]`: see docs/benchmarks.md.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console

from bench import (
    backtest,
    failover,
    growth,
    judging,
    latency,
    readings,
    recovery,
    restart,
    soak,
    soak_picture,
    summary,
    throughput,
)
from bench.contender import EVENT_TIME, PARTITIONS, Contender, Trial
from bench.contenders import CONTENDERS
from bench.district import STAY_WEEKS
from bench.ours import FULL
from bench.scores import Failover, Growth, TrialError
from bench.topics import Broker
from bench.workload import Workload, yesterday_morning
from infra.local import THROUGHPUT, Cluster, LocalError

RESTART_MESSAGES = 4_000
# The least that is worth being kept as a result; shorter runs are for trying out.
RUNS, MESSAGES = 5, 200_000
RATE, SECONDS, TURNS = 2_000, 20, 3
MEMBERS = 500_000
GROWING_RATE, GROWN_TO = 1_000, 32
ORPHANED_MEMBERS, KILLS, STEADY_RATE, SESSION_S = 100_000, 10, 400, 10.0
STANDBY_BYTES = 256 << 20
LOG_MESSAGES = 1_000_000
SOAK_MESSAGES, SOAK_GROUPS = 20_000_000, 10_000

# Where nobody looks at a terminal, a file or a log is read, and a table needs its width there.
console = Console(width=None if sys.stdout.isatty() else 120)
T = TypeVar("T")


class Ground:
    """Where trials take place: a broker, a folder, and names that are new for each trial.

    A contender that fails is named at once, takes no further part, and makes the command fail.
    """

    def __init__(self, broker: Broker, folder: Path) -> None:
        self.broker = broker
        self.failed: set[str] = set()
        self.began_at = yesterday_morning(datetime.now(UTC))
        self.folder = folder
        self._trials = 0
        self._inputs: set[str] = set()

    def input(self, workload: Workload) -> str:
        """The topic that holds a workload, made when it is asked for the first time."""
        topic = f"input-{len(workload.messages)}"
        if topic not in self._inputs:
            self.broker.create([topic], PARTITIONS, EVENT_TIME)
            self.broker.fill(topic, workload)
            self._inputs.add(topic)
        return topic

    def attempt(
        self, contender: Contender, run: Callable[[Trial], T], source: str | None = None
    ) -> T | None:
        """Run a trial on the topic `source`, or on one of its own that `run` makes."""
        if contender.name in self.failed:
            return None
        self._trials += 1
        name = f"{contender.name}-{self._trials}"
        folder = self.folder / name
        folder.mkdir()
        trial = Trial(
            name=name, broker=self.broker, source=source or f"{name}-input", folder=folder
        )
        try:
            return run(trial)
        except TrialError as fault:
            self.failed.add(contender.name)
            console.print(f"{contender.name}: {fault}", style="red", markup=False)
            return None


def main(arguments: Sequence[str]) -> int:
    """Run one benchmark; 1 where a contender failed or was wrong, 2 where none could begin."""
    options = _parser().parse_args(arguments)
    chosen = [c for c in CONTENDERS if c.name in options.only]
    folder = Path(tempfile.mkdtemp(prefix="banzhang-bench-"))
    try:
        with Cluster(folder / "kafka", jvm=THROUGHPUT) as cluster:
            ground = Ground(Broker(cluster.bootstrap), folder)
            options.benchmark(ground, chosen, options)
    except LocalError as fault:
        print(fault, file=sys.stderr)
        return 2
    if ground.failed:
        console.print(f"failed: {', '.join(sorted(ground.failed))}; logs are in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


def _throughput(
    ground: Ground, contenders: Sequence[Contender], options: argparse.Namespace
) -> None:
    """All contenders in turn, as often as asked."""
    workload = Workload.make(options.messages, ground.began_at)
    share = len(workload.expected) / len(workload.messages)
    console.print(f"{len(workload.messages):,} messages; {share:.1%} are findings")
    scores = []
    for turn in range(1, options.runs + 1):
        for contender in contenders:
            given = workload.first(contender.messages_max)
            score = ground.attempt(
                contender, partial(throughput.run, contender, workload=given), ground.input(given)
            )
            if score is not None:
                scores.append(score)
                console.print(f"run {turn}: {contender.name} {score.messages_per_s:,.0f}/s")
    rows = summary.throughput_rows(contenders, scores)
    console.print(summary.throughput_table(rows, options.messages))
    if options.runs >= RUNS and options.messages >= MESSAGES:
        kept = {"messages": options.messages, "runs": options.runs, "rows": rows}
        _keep(ground, contenders, "throughput", kept)


def _latency(ground: Ground, contenders: Sequence[Contender], options: argparse.Namespace) -> None:
    """All contenders in turn under the same steady load, as often as asked."""
    asked = {"began_at": ground.began_at, "rate": options.rate, "seconds": options.seconds}
    measured = []
    for turn in range(1, options.turns + 1):
        for contender in contenders:
            result = ground.attempt(contender, partial(latency.run, contender, **asked))
            if result is not None:
                measured.append(result)
                times = f"p50 {result.p50_ms:,.1f} ms, p99 {result.p99_ms:,.1f} ms"
                console.print(f"turn {turn}: {contender.name} {times}")
    rows = summary.latency_rows(contenders, measured)
    console.print(summary.latency_table(rows))
    if options.rate >= RATE and options.seconds >= SECONDS and options.turns >= TURNS:
        kept = {"rate": options.rate, "seconds": options.seconds, "turns": options.turns}
        _keep(ground, contenders, "latency", {**kept, "rows": rows})


def _restart(ground: Ground, contenders: Sequence[Contender], _: argparse.Namespace) -> None:
    """Each contender once; that it says nothing wrong is the result."""
    workload = Workload.make(RESTART_MESSAGES, ground.began_at)
    for contender in contenders:
        ground.attempt(contender, partial(restart.run, contender, workload=workload))
        if contender.name not in ground.failed:
            console.print(f"{contender.name}: its state survived a restart without its disk")


def _recovery(ground: Ground, contenders: Sequence[Contender], options: argparse.Namespace) -> None:
    """This system's worker alone: peers keep their states on a disk or in other shapes."""
    if FULL not in contenders:
        return
    console.print(f"a week of {options.members:,} members is being judged: some minutes")
    asked = {"members": options.members, "runs": options.runs, "week_of": ground.began_at}
    measured = ground.attempt(FULL, partial(recovery.run, **asked))
    if measured is None:
        return
    written, recoveries = measured
    row = summary.recovery_row(recoveries, written.member_bytes)
    console.print(summary.recovery_table(row))
    if options.runs >= RUNS and options.members >= MEMBERS:
        _keep(ground, contenders, "recovery", row)


def _failover(ground: Ground, contenders: Sequence[Contender], options: argparse.Namespace) -> None:
    """This system's workers alone, with a standby and without: peers judge in one process here."""
    if FULL not in contenders:
        return
    measured = {}
    for name, standby_bytes in (("with a standby", STANDBY_BYTES), ("without", 0)):
        console.print(f"{name}: a week of {options.orphaned_members:,} members is being judged")
        killed = ground.attempt(FULL, partial(_killed, ground, options, standby_bytes))
        if killed is None:
            return
        measured[name] = killed
    row = summary.failover_row(
        measured, options.orphaned_members, options.times, options.steady_rate
    )
    console.print(summary.failover_table(row))
    if options.kills >= KILLS and options.orphaned_members >= ORPHANED_MEMBERS:
        _keep(ground, contenders, "failover", row)


def _killed(
    ground: Ground, options: argparse.Namespace, standby_bytes: int, trial: Trial
) -> list[Failover]:
    """A namespace for each way: the young end of the log, which grows with the kills, is equal."""
    failover.prepare(trial, options.orphaned_members, ground.began_at, options.times)
    plan = failover.Plan(
        session_s=options.session,
        standby_bytes=standby_bytes,
        kills=options.kills,
        rate=options.steady_rate,
    )

    def told(one: Failover) -> None:
        console.print(f"{one.first_s:.2f}–{one.last_s:.2f} s, {one.recovery_s:.2f} s of it states")

    return failover.run(trial, options.orphaned_members, plan, told)


def _growth(ground: Ground, contenders: Sequence[Contender], options: argparse.Namespace) -> None:
    """The partitions change under this system's two workers."""
    if FULL not in contenders:
        return

    def grown(trial: Trial) -> Growth:
        failover.prepare(trial, options.members, ground.began_at, 1)
        return growth.run(trial, options.members, GROWING_RATE, GROWN_TO, SECONDS)

    console.print(f"a week of {options.members:,} members is being judged: some minutes")
    measured = ground.attempt(FULL, grown)
    if measured is None:
        return
    row = asdict(measured) | {"rate": GROWING_RATE}
    console.print(summary.growth_table(row))
    for fault in measured.faults:
        ground.failed.add(FULL.name)
        console.print(f"{FULL.name}: {fault}", style="red", markup=False)
    if options.members >= MEMBERS:
        _keep(ground, contenders, "growth", row)


def _judge(_: Ground, contenders: Sequence[Contender], options: argparse.Namespace) -> None:
    """The judge alone, in memory, by the pack with most rules."""
    measured = judging.speed(judging.largest_pack(), options.runs)
    costs = judging.growth(options.runs)
    console.print(judging.table(measured, costs))
    if options.runs >= RUNS and len(contenders) == len(CONTENDERS):
        summary.keep("judge", {**measured, "us_by_rules": {str(n): us for n, us in costs.items()}})


def _backtest(ground: Ground, contenders: Sequence[Contender], options: argparse.Namespace) -> None:
    """Two packs over one log: no broker, no contender but this system's own command."""
    if FULL not in contenders:
        return
    log = backtest.write_log(ground.folder, options.log_messages)
    changed = backtest.write_changed(ground.folder)
    measured = []
    try:
        for turn in range(1, options.runs + 1):
            measured.append(backtest.run(log, changed))
            console.print(f"run {turn}: backtest {measured[-1].seconds:,.1f} s")
    except TrialError as fault:
        ground.failed.add("backtest")
        console.print(f"backtest: {fault}", style="red", markup=False)
        return
    row = summary.backtest_row(measured, options.log_messages)
    console.print(summary.backtest_table(row))
    if options.runs >= RUNS and options.log_messages >= LOG_MESSAGES:
        _keep(ground, contenders, "backtest", row)


def _soak(ground: Ground, _: Sequence[Contender], options: argparse.Namespace) -> None:
    """One worker under a long load; not of the benchmarks that `all` runs, for it takes an hour."""
    asked = {
        "messages": options.messages,
        "groups": options.groups,
        "stay_weeks": options.stay_weeks,
        "today": ground.began_at,
    }
    seen = ground.attempt(FULL, partial(soak.run, **asked))
    if seen is None:
        return
    readings.keep(seen, readings.SAMPLES.with_stem(options.name))
    picture = soak_picture.PICTURE.with_stem(options.name)
    picture.write_text(soak_picture.drawn(seen, options.groups), encoding="utf-8")
    half = readings.second_half(seen)
    console.print(
        f"{seen[-1].judged:,} messages in {seen[-1].seconds:,.0f} s; of the second half: "
        f"memory {half[0].rss_mib:,.1f} to {half[-1].rss_mib:,.1f} MiB, "
        f"{readings.growth(seen):+.2f} MiB a million messages; "
        f"open files {half[0].open_files} to {half[-1].open_files}"
    )
    told = readings.explained(seen)
    console.print(
        f"{told.newcomer_bytes:,.0f} bytes a newcomer, {told.message_bytes:,.0f} a remembered message; "
        f"off that by {told.off_mib:.1f} MiB on average, {told.slope:+.2f} MiB a million messages"
    )


def _keep(
    ground: Ground, contenders: Sequence[Contender], section: str, measured: Mapping[str, Any]
) -> None:
    """Write results down, but no partial ones over whole ones: all took part, and none failed."""
    if len(contenders) == len(CONTENDERS) and not ground.failed:
        summary.keep(section, measured)
        console.print(f"written to {summary.RESULTS.name}")


def _all(ground: Ground, contenders: Sequence[Contender], options: argparse.Namespace) -> None:
    """What `make bench` runs: first that states are durable, then how fast that is."""
    for benchmark in (
        _judge,
        _restart,
        _throughput,
        _latency,
        _recovery,
        _failover,
        _growth,
        _backtest,
    ):
        benchmark(ground, contenders, options)


def _parser() -> argparse.ArgumentParser:
    turns = argparse.ArgumentParser(add_help=False)
    turns.add_argument("--runs", type=int, default=RUNS, help="turns of each contender (5)")
    size = argparse.ArgumentParser(add_help=False)
    size.add_argument("--messages", type=int, default=MESSAGES, help="in the input (200,000)")
    district = argparse.ArgumentParser(add_help=False)
    district.add_argument("--members", type=int, default=MEMBERS, help="to recover (500,000)")
    log = argparse.ArgumentParser(add_help=False)
    log.add_argument(
        "--log-messages", type=int, default=LOG_MESSAGES, help="to compare packs over (1,000,000)"
    )
    district_long = argparse.ArgumentParser(add_help=False)
    district_long.add_argument(
        "--messages", type=int, default=SOAK_MESSAGES, help="to judge (20,000,000)"
    )
    district_long.add_argument(
        "--groups", type=int, default=SOAK_GROUPS, help="of 50 members each (10,000)"
    )
    district_long.add_argument(
        "--stay-weeks", type=int, default=STAY_WEEKS, help="that somebody stays in a group (10)"
    )
    district_long.add_argument(
        "--name", default="soak", help="of the files with what was seen (soak)"
    )
    load = argparse.ArgumentParser(add_help=False)
    load.add_argument("--rate", type=int, default=RATE, help="messages a second (2,000)")
    load.add_argument("--seconds", type=int, default=SECONDS, help="for how long (20)")
    load.add_argument("--turns", type=int, default=TURNS, help="of each contender (3)")
    deaths = argparse.ArgumentParser(add_help=False)
    deaths.add_argument("--kills", type=int, default=KILLS, help="with a standby and without (10)")
    deaths.add_argument(
        "--orphaned-members", type=int, default=ORPHANED_MEMBERS, help="of both workers (100,000)"
    )
    deaths.add_argument(
        "--times", type=int, default=1, help="that each state stands on the log (1: compacted)"
    )
    deaths.add_argument(
        "--steady-rate", type=int, default=STEADY_RATE, help="messages a second meanwhile (400)"
    )
    deaths.add_argument(
        "--session", type=float, default=SESSION_S, help="of a worker, seconds (10)"
    )
    only = argparse.ArgumentParser(add_help=False)
    known = [contender.name for contender in CONTENDERS]
    only.add_argument(
        "--only", type=_names, default=known, metavar="NAME,...", help=f"of {', '.join(known)}"
    )
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="BENCHMARK")
    for name, benchmark, parents, described in (
        ("all", _all, [turns, size, load, district, deaths, log, only], "all of them; the default"),
        ("judge", _judge, [turns], "the judge alone, by the pack with most rules"),
        (
            "throughput",
            _throughput,
            [turns, size, only],
            "messages a second, in turns, beside peers",
        ),
        ("latency", _latency, [load, only], "from a message to its action, at a steady rate"),
        ("restart", _restart, [only], "does the state survive a stop and a lost disk"),
        (
            "recovery",
            _recovery,
            [turns, district],
            "how fast states are recovered, and their memory",
        ),
        (
            "failover",
            _failover,
            [deaths],
            "from a worker's death to the next actions on its partitions",
        ),
        ("growth", _growth, [district], "how long actions wait while partitions change"),
        ("backtest", _backtest, [turns, log], "two packs over one log"),
        ("soak", _soak, [district_long], "one worker under a long load: memory, rate, lag"),
    ):
        command = commands.add_parser(name, help=described, description=described, parents=parents)
        command.set_defaults(benchmark=benchmark)
        if only not in parents:
            command.set_defaults(only=known)
    return parser


def _names(given: str) -> list[str]:
    asked, known = given.split(","), [contender.name for contender in CONTENDERS]
    if unknown := [name for name in asked if name not in known]:
        raise argparse.ArgumentTypeError(
            f"no contender is named {unknown[0]}: choose from {', '.join(known)}"
        )
    return asked


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["all"]))
