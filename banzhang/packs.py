"""Policy packs out of files, for the commands: read, published and made ready, or all faults."""

import argparse
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from banzhang.failure import USAGE, Failure
from schemas.policy import Pack
from streams.policy import Fault, read_pack
from streams.policy.published import pack_bytes, pack_hash
from streams.policy.years import Years, read_years

_CALENDAR: Final = Path(__file__).parents[1] / "policies/calendar"


class Published(NamedTuple):
    """A pack, the bytes under which it is published, and their hash: its version."""

    pack: Pack
    content: bytes
    version: str


def add_set(parser: argparse.ArgumentParser) -> None:
    """The option `--set KEY=VALUE`."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a setting of the packs, such as allow_ads=true; may be repeated",
    )


def overrides(words: Iterable[str]) -> dict[str, str]:
    """`KEY=VALUE` words as a mapping. Raises `Failure` for a word without a `=`."""
    given = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise Failure(f"--set {word}: write KEY=VALUE, such as allow_ads=true", code=USAGE)
        given[key.strip()] = value
    return given


def read_packs(paths: Iterable[str], settings: Mapping[str, str]) -> list[Published]:
    """The packs of files, in order. Raises `Failure` with every fault of all of them, exit 2."""
    packs: list[Published] = []
    faults: list[str] = []
    for path in paths:
        pack = read_file(path, settings)
        if isinstance(pack, Pack):
            content = pack_bytes(pack)
            packs.append(Published(pack, content, pack_hash(content)))
        else:
            faults += map(str, pack)
    if faults:
        # A fault of the settings is the same for every pack; once is enough.
        raise Failure(*dict.fromkeys(faults), code=USAGE)
    return packs


def read_file(path: str, settings: Mapping[str, str]) -> Pack | list[Fault]:
    """The pack of a file, over the wider packs that it names with `over`: each lies beside it, as
    ID.yaml. Raises `Failure` for a file that can't be read.
    """
    return read_pack(
        text_of(path),
        source=path,
        settings=settings,
        wider=partial(_beside, path),
        years=years_at_hand(),
    )


def _beside(path: str, name: str) -> tuple[str, str] | None:
    file = Path(path).expanduser().with_name(f"{name}.yaml")
    return (str(file), text_of(str(file))) if file.is_file() else None


@cache
def years_at_hand() -> Years:
    """The calendar's years as the project's files have them, today. Raises `Failure` for faults."""
    files = sorted(_CALENDAR.glob("*.yaml"))
    texts = {str(file): text_of(str(file), what="calendar year") for file in files}
    years = read_years(texts)
    if isinstance(years, list):
        raise Failure(*map(str, years), code=USAGE)
    return Years(datetime.now(ZoneInfo("Asia/Shanghai")).date(), years)


def text_of(path: str, *, what: str = "policy pack") -> str:
    """The text of a pack, or of another YAML file that `what` names. Raises `Failure` for a file that can't be read, or is no UTF-8."""
    try:
        return Path(path).expanduser().read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Failure(
            f"{path}: byte {error.start + 1} is no UTF-8; save the file as UTF-8 text", code=USAGE
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a path"
        raise Failure(f"{path}: {reason}; name a {what} (YAML)", code=USAGE) from None
