"""Read policy packs strictly, and say every fault with its line, its column and its mend.

Prints one line for each pack that is right, and exits 0; with any fault it prints one line for
each, FILE:LINE:COLUMN: what is wrong, and exits 2.

Example:
  banzhang policy check policies/*.yaml
  banzhang policy check --set quiet_end=06:30 our-class.yaml
"""

import argparse
import json
import sys

from banzhang.failure import USAGE
from banzhang.packs import add_set, overrides, read_file, years_at_hand
from schemas.policy import Pack
from streams.policy import Fault, as_yaml
from streams.policy.days import unannounced
from streams.policy.published import pack_bytes, pack_hash


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("packs", nargs="+", metavar="PACK.yaml", help="the packs to read")
    parser.add_argument("--json", action="store_true", help="one JSON object a pack or fault")
    parser.add_argument("--show", action="store_true", help="print each pack whole, without layers")
    add_set(parser)


def run(options: argparse.Namespace) -> int:
    """Read all packs; exit 2 if any has a fault."""
    settings = overrides(options.set)
    code = 0
    for path in options.packs:
        read = read_file(path, settings)
        if isinstance(read, Pack):
            if options.show:
                print(as_yaml(read), end="")
            else:
                _praise(path, read, as_json=options.json)
            for words in unannounced(read, years_at_hand().today):
                print(f"{path}: {words}", file=sys.stderr)
            continue
        code = USAGE
        for fault in read:
            _blame(fault, as_json=options.json)
    return code


def _praise(path: str, pack: Pack, *, as_json: bool) -> None:
    version = pack_hash(pack_bytes(pack))
    if as_json:
        said = {"file": path, "id": pack.id, "version": version, "rules": len(pack.rules)}
        print(json.dumps(said, ensure_ascii=False))
    else:
        print(f"{path}: right: {pack.id}, {len(pack.rules)} rules, hash {version}")


def _blame(fault: Fault, *, as_json: bool) -> None:
    if as_json:
        said = {
            "file": fault.source,
            "line": fault.line,
            "column": fault.column,
            "fault": fault.message,
        }
        print(json.dumps(said, ensure_ascii=False))
    else:
        print(fault, file=sys.stderr)
