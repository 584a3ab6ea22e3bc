"""Kafka and Redis by hand: `python -m infra.local up --data FOLDER [--brokers 3]`."""

import argparse
import signal
import sys
from pathlib import Path
from threading import Event

from infra.local import Cluster, LocalError, RedisServer


def main(arguments: list[str] | None = None) -> int:
    """Run both until Ctrl-C or SIGTERM. Exit code 0, or 1 if they could not be started."""
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="run Kafka and Redis until Ctrl-C; the data stays")
    up.add_argument("--data", type=Path, required=True, help="the folder for all their files")
    up.add_argument("--brokers", type=int, default=1, choices=(1, 3), help="Kafka brokers")
    options = parser.parse_args(arguments)

    ended = Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    signal.signal(signal.SIGINT, lambda *_: ended.set())
    try:
        with (
            RedisServer(options.data / "redis") as redis,
            Cluster(options.data / "kafka", options.brokers) as kafka,
        ):
            print(f"BANZHANG_KAFKA={kafka.bootstrap}")
            print(f"BANZHANG_REDIS={redis.url}", flush=True)
            ended.wait()
    except LocalError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
