"""What the figures were measured on."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path

import psutil  # type: ignore[import-untyped]

_LIBRARIES = ("faust-streaming", "aiokafka", "confluent-kafka", "quixstreams", "orjson", "msgspec")


def facts() -> dict[str, str | int | float]:
    """The machine, the versions and the date, for `results.json`."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count() or 0,
        "cpu": _cpu_model(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
        **{d.name: d.version for d in distributions() if d.name in _LIBRARIES},
        "commit": _commit(),
    }


def _cpu_model() -> str:
    """Linux tells the model in a file; elsewhere the platform's own word has to do."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def _commit() -> str:
    """The commit that was measured, with `+` where the tree had other changes; "" without git."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty=+"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return described.stdout.strip()
