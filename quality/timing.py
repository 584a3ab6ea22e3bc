"""What reading costs: time a message, the slowest, the first use, memory."""

import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from streams.text import WordReader
from streams.text.model import Model

BATCH = 256
_ROUNDS = 3

_FIRST_USE = """
import json, resource, time
began = time.perf_counter()
from streams.text import WordReader
from streams.text.model import Model
WordReader.default().read("各位家长好")
Model.default().labels(["各位家长好"])
seconds = time.perf_counter() - began
try:
    # Not ru_maxrss alone: a process inherits it from the one that started it.
    with open("/proc/self/status") as status:
        memory = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
except OSError:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([seconds, memory]))
"""


def timings(texts: Sequence[str]) -> Mapping[str, float]:
    """Figures by name, times in microseconds a message; the best of a few rounds.

    The slowest one of a hundred is of the words and the model together, a message alone.
    """
    reader, model = WordReader.default(), Model.default()
    words = _best(lambda batch: [reader.read(text) for text in batch], texts)
    learned = _best(model.labels, texts)
    seconds, kibibytes = _first_use()
    return {
        "words_us": round(words, 1),
        "model_us": round(learned, 1),
        "together_us": round(words + learned, 1),
        "p99_of_one_us": round(_p99(reader, model, texts), 1),
        "first_use_s": round(seconds, 2),
        "memory_mib": round(kibibytes / 1024, 1),
    }


def _best(read: Callable[[Sequence[str]], object], texts: Sequence[str]) -> float:
    best = math.inf
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        for start in range(0, len(texts), BATCH):
            read(texts[start : start + BATCH])
        best = min(best, time.perf_counter() - began)
    return 1e6 * best / len(texts)


def _p99(reader: WordReader, model: Model, texts: Sequence[str]) -> float:
    took = []
    for text in texts:
        began = time.perf_counter()
        reader.read(text)
        model.labels([text])
        took.append(time.perf_counter() - began)
    return 1e6 * sorted(took)[int(0.99 * (len(took) - 1))]


def _first_use() -> tuple[float, int]:
    """Seconds and kibibytes of a new process that imports both and reads one message."""
    done = subprocess.run(
        [sys.executable, "-c", _FIRST_USE], check=True, capture_output=True, text=True
    )
    seconds, memory = json.loads(done.stdout)
    return seconds, memory if sys.platform != "darwin" else memory // 1024
