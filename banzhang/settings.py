"""All settings of the system in one table: a flag is stronger than the environment, and that
stronger than the default.
"""

import argparse
import difflib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from agents.settings import TABLE as OF_WORKERS
from agents.settings import Setting, disagreement
from agents.values import Reader
from banzhang.failure import USAGE, Failure

_POLICIES: Final = Path(__file__).parents[1] / "policies"


def _redis(text: str) -> str:
    address = urlsplit(text)
    # The port is read when it is asked for: ValueError, where it is none.
    if address.scheme not in {"redis", "rediss", "unix"} or address.port == 0:
        raise ValueError
    return text


def _folder(text: str) -> str:
    try:
        Path(text).expanduser()
    except RuntimeError:  # `~name` of a user who is not there.
        raise ValueError from None
    return text


_REDIS: Final = Reader(_redis, "an address such as redis://HOST:PORT/0")
_FOLDER: Final = Reader(_folder, "a folder; `~name` is the home of a user of this machine")

OF_COMMANDS: Final = (
    Setting(
        "BANZHANG_REDIS",
        "redis://127.0.0.1:6379/0",
        "where adapters note what they did",
        _REDIS,
    ),
    Setting(
        "BANZHANG_POLICY",
        str(_POLICIES / "default.yaml"),
        "the policy pack that judges groups whose own log names none",
    ),
    Setting("BANZHANG_DATA", "~/.local/share/banzhang", "the folder of `banzhang up`", _FOLDER),
    Setting(
        "BANZHANG_CACHE", "", "the folder for Kafka's files, fetched once; by default the user's"
    ),
    Setting("BANZHANG_KAFKA_HOME", "", "an unpacked Apache Kafka to use instead of fetching one"),
)
TABLE: Final[Mapping[str, Setting]] = {
    setting.name: setting for setting in (*OF_WORKERS[:1], *OF_COMMANDS, *OF_WORKERS[1:])
}
OF_COMPOSE: Final = frozenset(
    f"BANZHANG_{word}"
    for word in (
        "CLUSTER_ID",
        "KAFKA_HEAP",
        "KAFKA_PORT",
        "PARTITIONS",
        "POLICY_FILE",
        "REPLICATION",
        "WORKERS",
    )
)
"""Variables that only docker-compose.yml reads; they may stand in the same environment."""
WORKER_NAMES: Final = tuple(setting.name for setting in OF_WORKERS)

_PREFIX: Final = "BANZHANG_"
_PASSWORD: Final = re.compile(r"(://[^:/@]*:)[^@]*@")


class Chosen(NamedTuple):
    """A setting's value, and where it came from: `default`, `environment` or `flag`."""

    setting: Setting
    value: str
    origin: str

    @property
    def shown(self) -> str:
        """The value as it may be printed: no secret, no password."""
        if self.setting.secret:
            return "•••" if self.value else ""
        return _PASSWORD.sub(r"\1•••@", self.value)


def flag_of(name: str) -> str:
    """`--kafka` for BANZHANG_KAFKA."""
    return "--" + name.removeprefix(_PREFIX).lower().replace("_", "-")


def add_flags(parser: argparse.ArgumentParser, names: Iterable[str]) -> None:
    """A flag for each of the settings, in a group of the help of their own."""
    group = parser.add_argument_group("settings (each also an environment variable)")
    for name in names:
        setting = TABLE[name]
        default = f"; default {setting.default}" if setting.default else ""
        about = f"{setting.meaning} [{name}{default}]".replace("%", "%%")
        group.add_argument(flag_of(name), dest=name, metavar="VALUE", help=about)


def chosen(
    options: argparse.Namespace | None = None, environ: Mapping[str, str] = os.environ
) -> dict[str, Chosen]:
    """Every setting by its name. An empty variable counts as not set, as in compose files."""
    flags = {} if options is None else vars(options)
    table = {}
    for name, setting in TABLE.items():
        if flags.get(name) is not None:
            table[name] = Chosen(setting, flags[name], "flag")
        elif environ.get(name):
            table[name] = Chosen(setting, environ[name], "environment")
        else:
            table[name] = Chosen(setting, setting.default, "default")
    return table


def values(
    options: argparse.Namespace | None = None, environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Every setting's value by its name. Raises `Failure` (exit 2), one line a wrong value."""
    table = chosen(options, environ)
    if wrong := faults(table):
        raise Failure(*wrong, code=USAGE)
    return {name: one.value for name, one in table.items()}


def faults(table: Mapping[str, Chosen]) -> list[str]:
    """What is wrong with the values, and how to mend it: one line each; empty if nothing."""
    lines = [
        line
        for name, one in table.items()
        if (line := one.setting.fault(one.value, flag_of(name) if one.origin == "flag" else name))
    ]
    if lines:
        return lines
    wrong = disagreement({name: one.value for name, one in table.items()})
    return [wrong] if wrong else []


def strangers(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Variables that look like settings and are none, each with a line that says what to do.

    They are no fault: a newer or older version may know them.
    """
    known = TABLE.keys() | OF_COMPOSE
    return {
        name: f"{name} is no setting{_nearest(name)} (`banzhang settings` lists all)"
        for name in sorted(environ)
        if name.startswith(_PREFIX) and name not in known
    }


def _nearest(name: str) -> str:
    # Without the word that all begin with: it would make all of them near.
    words = [known.removeprefix(_PREFIX) for known in TABLE]
    near = difflib.get_close_matches(name.removeprefix(_PREFIX), words, n=1)
    return f": did you mean {_PREFIX}{near[0]}?" if near else ""
