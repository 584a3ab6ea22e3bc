"""All settings of the system in one table: a flag is stronger than the environment, and that
stronger than the default.
"""

import argparse
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from agents.settings import TABLE as OF_WORKERS
from agents.settings import Setting

_POLICIES: Final = Path(__file__).parents[1] / "policies"

OF_COMMANDS: Final = (
    Setting("BANZHANG_REDIS", "redis://127.0.0.1:6379/0", "where adapters note what they did"),
    Setting(
        "BANZHANG_POLICY",
        str(_POLICIES / "default.yaml"),
        "the policy pack that judges groups whose own log names none",
    ),
    Setting("BANZHANG_DATA", "~/.local/share/banzhang", "the folder of `banzhang up`"),
    Setting(
        "BANZHANG_CACHE", "", "the folder for Kafka's files, fetched once; by default the user's"
    ),
    Setting("BANZHANG_KAFKA_HOME", "", "an unpacked Apache Kafka to use instead of fetching one"),
)
TABLE: Final[Mapping[str, Setting]] = {
    setting.name: setting for setting in (*OF_WORKERS[:1], *OF_COMMANDS, *OF_WORKERS[1:])
}
WORKER_NAMES: Final = tuple(setting.name for setting in OF_WORKERS)

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
    return "--" + name.removeprefix("BANZHANG_").lower().replace("_", "-")


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
    """Every setting's value by its name."""
    return {name: one.value for name, one in chosen(options, environ).items()}
