"""Run the whole system on this machine: Kafka, Redis, topics, workers, and the terminal adapter.

Everything listens on 127.0.0.1 alone and keeps its files in one folder. Ctrl-C stops it, the data
stays, and the next `up` goes on where this one ended. A worker that ends is started again, after a
delay that grows, and it is said why. The first start fetches Kafka (43 MB) and, where there is no
Java 17, uses the one that came with the installation.

Example:
  banzhang up
  banzhang up --data /srv/banzhang --policy our-class.yaml --workers 4
"""

import argparse
import asyncio
import os
import signal
from pathlib import Path
from typing import Any

from agents.clock import Clock
from agents.topics import Pack, create, generations, in_force, put_in_force, wanted_now
from banzhang.children import Child, stop_all
from banzhang.console import console
from banzhang.failure import USAGE, Failure
from banzhang.folders import owned, unusable
from banzhang.kafka import reaching
from banzhang.packs import Published, add_set, overrides, read_packs
from banzhang.settings import add_flags, chosen, values
from infra.local import Cluster, LocalError, RedisServer
from infra.local.lifeline import Lifeline

_MEND = "--data FOLDER, or BANZHANG_DATA"
_NAMES = (
    "BANZHANG_DATA",
    "BANZHANG_NAMESPACE",
    "BANZHANG_POLICY",
    "BANZHANG_LOG_LEVEL",
    "BANZHANG_METRICS_PORT",
)
_PORT_MAX = 65_535


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="default: 2")
    parser.add_argument(
        "--partitions", type=int, default=8, metavar="N", help="of new topics; default: 8"
    )
    parser.add_argument("--no-adapter", action="store_true", help="show no actions here")
    add_set(parser)
    add_flags(parser, _NAMES)


def run(options: argparse.Namespace) -> int:
    """Run until Ctrl-C (exit 130) or SIGTERM (exit 0)."""
    if options.workers < 1 or options.partitions < 1:
        raise Failure("--workers and --partitions are at least 1", code=USAGE)
    given = values(options)
    first = int(given["BANZHANG_METRICS_PORT"])
    if first and first + options.workers - 1 > _PORT_MAX:
        words = f"--metrics-port {first}: {options.workers} workers need as many ports from it on"
        raise Failure(f"{words}, and the last one is {_PORT_MAX}", code=USAGE)
    (pack,) = read_packs([given["BANZHANG_POLICY"]], overrides(options.set))
    folder = Path(given["BANZHANG_DATA"]).expanduser().absolute()
    with owned(folder, _MEND):
        console().print(f"starting Redis and Kafka in {folder} …", soft_wrap=True)
        try:
            with RedisServer(folder / "redis") as redis, Cluster(folder / "kafka") as kafka:
                environ = _environ(options, redis.url, kafka.bootstrap)
                return asyncio.run(_serve(options, environ, pack, folder))
        except LocalError as error:
            raise Failure(str(error)) from None
        except OSError as error:
            raise unusable(error, folder, _MEND) from None


def _environ(options: argparse.Namespace, redis: str, kafka: str) -> dict[str, str]:
    """What the children are told: every setting that is given, and where the servers are."""
    given = {name: one.value for name, one in chosen(options).items() if one.origin != "default"}
    return given | {"BANZHANG_REDIS": redis, "BANZHANG_KAFKA": kafka}


def _of_worker(environ: dict[str, str], number: int, logs: Path) -> dict[str, str]:
    """A worker's own: each serves its metrics on a port of its own, from the one given on, and
    counts its exits beside its log, unless it was said where.
    """
    given = values(environ=environ)
    first = int(given["BANZHANG_METRICS_PORT"])
    named = given["BANZHANG_EXITS_FILE"]
    return environ | {
        "BANZHANG_METRICS_PORT": str(first and first + number - 1),
        "BANZHANG_EXITS_FILE": f"{named}.{number}"
        if named
        else str(logs / f"worker-{number}.exits"),
    }


async def _serve(
    options: argparse.Namespace, environ: dict[str, str], pack: Published, folder: Path
) -> int:
    ended: asyncio.Future[signal.Signals] = asyncio.get_running_loop().create_future()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, _end, ended, number)
    standing = await _create(options, environ, pack)
    shown, lifeline = console(), Lifeline()
    logs = folder / "logs"
    workers = [
        Child(
            f"worker-{n}",
            ["worker"],
            environ=_of_worker(environ, n, logs),
            log=logs / f"worker-{n}.log",
            lifeline=lifeline,
        )
        for n in range(1, options.workers + 1)
    ]
    adapters = (
        []
        if options.no_adapter
        else [
            Child(
                "adapter terminal",
                ["adapter", "terminal"],
                environ=environ,
                log=logs / "adapter-terminal.log",
                lifeline=lifeline,
                shows=True,
            )
        ]
    )
    policy = _named(pack, standing)
    _introduce(environ, policy, logs, options.workers)
    keepers = [
        asyncio.create_task(child.keep(lambda line: shown.print(line, soft_wrap=True)))
        for child in [*workers, *adapters]
    ]
    try:
        number = await _first(ended, keepers)
    finally:
        shown.print("stopping …")
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
        # Workers first: what they still write, the adapter still shows.
        await stop_all(workers)
        await stop_all(adapters)
        lifeline.close()
    shown.print(f"stopped; the data is in {folder}", soft_wrap=True)
    if number is signal.SIGINT:
        raise KeyboardInterrupt
    return 0


def _end(ended: "asyncio.Future[signal.Signals]", number: signal.Signals) -> None:
    if not ended.done():
        ended.set_result(number)


async def _first(
    ended: "asyncio.Future[signal.Signals]", keepers: "list[asyncio.Task[None]]"
) -> signal.Signals:
    """The signal that ends us; a keeper ends only by an error, which is raised."""
    waited: list[asyncio.Future[Any]] = [ended, *keepers]
    await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
    for keeper in keepers:
        if keeper.done():
            await keeper
    return await ended


async def _create(
    options: argparse.Namespace, environ: dict[str, str], pack: Published
) -> set[str]:
    """Make what is missing, put a pack that was named in force; the packs that are then."""
    given = values(environ=dict(os.environ) | environ)
    kafka = environ["BANZHANG_KAFKA"]
    published, clock = Pack(pack.version, pack.content), Clock.of(given["BANZHANG_CLOCK"])
    with reaching(kafka):
        wanted = await wanted_now(
            kafka, given["BANZHANG_NAMESPACE"], partitions=options.partitions, replication=1
        )
        await create(kafka, wanted, published, clock)
        known = await generations(kafka, given["BANZHANG_NAMESPACE"])
        # While the partitions change, an order would end with the generation that it stands in.
        if chosen(options)["BANZHANG_POLICY"].origin != "default" and known.under_way is None:
            await put_in_force(kafka, wanted, published, clock)
        return await in_force(kafka, wanted)


def _named(pack: Published, standing: set[str]) -> str:
    """The policy in force: the pack at hand, or, on existing data, the one that was before."""
    if standing == {pack.version}:
        return f"{pack.pack.id} ({pack.pack.title}), hash {pack.version}"
    return f"as before: hash {', '.join(sorted(standing))}; `banzhang policy apply` changes it"


def _introduce(environ: dict[str, str], policy: str, logs: Path, workers: int) -> None:
    shown = console()
    namespace = values(environ=environ)["BANZHANG_NAMESPACE"]
    for line in (
        f"Kafka    {environ['BANZHANG_KAFKA']}",
        f"Redis    {environ['BANZHANG_REDIS']}",
        f"topics   {namespace}.events, {namespace}.actions, …",
        f"policy   {policy}",
        f"workers  {workers}; logs in {logs}",
        "",
        "in another terminal:",
        f"  export BANZHANG_KAFKA={environ['BANZHANG_KAFKA']} BANZHANG_REDIS={environ['BANZHANG_REDIS']}",
        "  banzhang adapter file --events events.jsonl     events in",
        "  banzhang export actions --follow                actions out",
        "Ctrl-C stops everything; the data stays. Actions are shown below.",
        "",
    ):
        shown.print(line, soft_wrap=True, markup=False)
