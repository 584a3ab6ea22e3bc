"""The list of Kafka's jar files with their sizes and SHA-256, as `kafka.lock.json` holds it.

The lock names Maven coordinates and no addresses: `jgo` knows where the coordinates live, and a
mirror configured for it is used. `infra.local.resolve_jars` writes the list anew, which `make
lock` calls; nothing else ever resolves dependencies, so an install can't drift.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

KAFKA_VERSION = "4.1.0"
LOCK = Path(__file__).with_name("kafka.lock.json")


@dataclass(frozen=True, kw_only=True)
class Jar:
    """One locked file: `coordinate` is `group:artifact:version`, `size` is in bytes."""

    coordinate: str
    file: str
    size: int
    sha256: str


def read_lock(lock: Path = LOCK) -> list[Jar]:
    """The locked files, in the order of the class path."""
    return [Jar(**entry) for entry in json.loads(lock.read_text(encoding="utf-8"))["jars"]]


def sha256_of(file: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
