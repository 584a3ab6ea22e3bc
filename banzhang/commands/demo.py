"""Play a simulated school day on real Kafka and real Redis, at 1,000 times its speed: 06:30 to
22:30 in a minute, on fresh data. It ends by itself.

Forty class groups talk; a producer writes what they say to the log at its hour; two workers judge;
the terminal adapter shows the actions as they come, by the same fast clock. In the middle one
worker is killed with SIGKILL and started again. At the end the recorded log is judged once more by
one process without Kafka, and both must have decided the same: nothing lost, nothing added.

Example:
  banzhang demo
  banzhang demo --seed 7 --keep /tmp/day     the same day again, its files kept
"""

import argparse
import asyncio
import contextlib
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from rich.console import Console

from banzhang.console import console
from banzhang.demo.day import Day, day_of
from banzhang.demo.play import Played, play
from banzhang.demo.recorded import compare, judge_again, until
from banzhang.demo.report import Report, as_json, report_of, show
from banzhang.demo.stage import PARTITIONS, new_stage
from banzhang.failure import USAGE, Failure
from banzhang.folders import unusable
from banzhang.kafka import reaching
from banzhang.packs import Published, add_set, overrides, read_packs
from banzhang.settings import add_flags, values
from infra.local import Cluster, LocalError, RedisServer
from infra.local.lifeline import Lifeline
from schemas.action import encode_action
from streams.topology import topology

SPEED: Final = 1_000.0
SPEED_MAX: Final = 4_000.0
_MEND: Final = "--keep DIR, or TMPDIR"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="which day; default: 1")
    parser.add_argument("--groups", type=int, default=40, metavar="G", help="default: 40")
    parser.add_argument(
        "--messages", type=int, default=100, metavar="N", help="a group; default: 100"
    )
    parser.add_argument(
        "--speed", type=float, default=SPEED, metavar="X", help="times real speed; default: 1000"
    )
    parser.add_argument("--keep", metavar="DIR", help="keep all files in this new folder")
    parser.add_argument("--json", action="store_true", help="only the result, one JSON object")
    add_set(parser)
    add_flags(parser, ("BANZHANG_POLICY",))


def run(options: argparse.Namespace) -> int:
    """Play the day. Exit 1 if the log and the actions differ."""
    if not 1 <= options.speed <= SPEED_MAX:
        raise Failure(f"--speed is from 1 to {SPEED_MAX:.0f}", code=USAGE)
    if options.groups < 1 or options.messages < 0:
        raise Failure("--groups is at least 1, --messages at least 0", code=USAGE)
    began_s = time.monotonic()
    given = values(options)
    (pack,) = read_packs([given["BANZHANG_POLICY"]], overrides(options.set))
    shown = console(stderr=options.json)
    shown.print(f"a school day of {options.groups} groups, seed {options.seed}")
    day = day_of(groups=options.groups, messages=options.messages, seed=options.seed)
    with _folder(options.keep) as folder, _told(folder):
        played = _played(options, day, pack, folder, shown)
        if options.keep:
            _keep(played, folder)
    report = _reported(played, day, pack, time.monotonic() - began_s)
    if options.json:
        print(as_json(report).decode())
    else:
        show(report, shown)
    if report.verdict.right and report.strike.in_the_middle:
        return 0
    shown.print(_unproven(report), style="red")
    return 1


def _unproven(report: Report) -> str:
    """What a script reads beside the exit code 1."""
    if report.verdict.right:
        return "the kill came when all was judged and proves nothing; try again, or more --groups"
    return "the log and the actions differ: see missing, extra and wrong (--keep DIR keeps both)"


@contextlib.contextmanager
def _folder(keep: str | None) -> Iterator[Path]:
    """The folder of the day's files: one that is kept, or one that goes at the end."""
    with contextlib.ExitStack() as stack:
        try:
            if keep is None:
                made = tempfile.TemporaryDirectory(prefix="banzhang-demo-")
                folder = Path(stack.enter_context(made))
            else:
                folder = _new(Path(keep).expanduser().absolute())
        except (OSError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise Failure(
                f"{keep or 'the temporary folder'}: {reason}; name a folder that can be written "
                f"({_MEND})"
            ) from None
        yield folder


def _new(folder: Path) -> Path:
    if folder.exists() and any(folder.iterdir()):
        raise Failure(f"{folder} is not empty; the demo begins on fresh data", code=USAGE)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Say in one line what keeps the servers from running, or the day from ending."""
    try:
        yield
    except LocalError as error:
        raise Failure(str(error)) from None
    except TimeoutError:
        raise Failure(
            "the machine is too slow or too busy for this speed; try --speed 300"
        ) from None
    except OSError as error:
        raise unusable(error, folder, _MEND) from None


def _played(
    options: argparse.Namespace, day: Day, pack: Published, folder: Path, shown: Console
) -> Played:
    shown.print("starting Redis and Kafka …")
    with RedisServer(folder / "redis") as redis, Cluster(folder / "kafka") as kafka:
        servers = {"BANZHANG_KAFKA": kafka.bootstrap, "BANZHANG_REDIS": redis.url}
        shown.print(f"Kafka {kafka.bootstrap}, Redis {redis.url}; starting workers …")
        with reaching(kafka.bootstrap):
            return asyncio.run(_play(options, day, pack, folder, servers, shown))


async def _play(
    options: argparse.Namespace,
    day: Day,
    pack: Published,
    folder: Path,
    servers: Mapping[str, str],
    shown: Console,
) -> Played:
    lifeline = Lifeline()
    stage = new_stage(
        topics=topology(partitions=PARTITIONS),
        servers=servers,
        pack=pack,
        begin_ms=day.begin_ms,
        speed=options.speed,
        folder=folder,
        lifeline=lifeline,
        say=lambda line: shown.print(f"── {line}", style="bold", soft_wrap=True),
        shows=not options.json,
    )
    try:
        return await play(stage, day.dues, day.end_ms)
    finally:
        lifeline.close()


def _keep(played: Played, folder: Path) -> None:
    """The log as far as it was judged, and the actions, as `export` writes them: `judge` reads
    the one and prints the other.
    """
    events = b"".join(line + b"\n" for line in until(played.recorded, played.judged))
    (folder / "events.jsonl").write_bytes(events)
    actions = b"".join(encode_action(action) + b"\n" for action in played.recorded.actions)
    (folder / "actions.jsonl").write_bytes(actions)


def _reported(played: Played, day: Day, pack: Published, seconds: float) -> Report:
    expected = judge_again(played.recorded, played.judged, pack)
    verdict = compare(played.recorded.actions, expected)
    return report_of(played, verdict, day.truth, pack.pack, sent=len(day.dues), seconds=seconds)
