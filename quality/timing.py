"""What reading costs: time a message, the slowest, the first use, memory."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from streams.text import WordReader
from streams.text.match import Message
from streams.text.model.opinion import Opinion

T = TypeVar("T")

BATCH = 256
_ROUNDS = 5

_FIRST_USE = """
import json, resource, time
began = time.process_time()
from streams.text import WordReader
from streams.text.model.opinion import Opinion
message = ("各位家长好", (), "parent")
Opinion.default().weighed([message], WordReader.default().read_all([message]))
seconds = time.process_time() - began
try:
    # Not ru_maxrss alone: a process inherits it from the one that started it.
    with open("/proc/self/status") as status:
        memory = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
except OSError:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([seconds, memory]))
"""


def timings(texts: Sequence[str], school: Sequence[str]) -> Mapping[str, float]:
    """Figures by name, times in microseconds a message.

    Time is the processor's, the best of a few rounds: what else the machine does is not the
    reader's fault. The slowest one of a hundred is of the words and the model together, a message
    alone. `school`: messages among which many are found, which costs more than everyday texts.
    """
    reader, opinion = WordReader.default(), Opinion.default()

    def words_of(batch: Sequence[str]) -> object:
        return reader.read_all(_messages(batch))

    def read(batch: Sequence[str]) -> object:
        messages = _messages(batch)
        return opinion.weighed(messages, reader.read_all(messages))

    seconds, kibibytes = _first_use()
    return {
        "words_us": round(_best(words_of, texts), 1),
        "together_us": round(_best(read, texts), 1),
        "together_on_school_us": round(_best(read, school), 1),
        "p99_of_one_us": round(_p99(read, texts), 1),
        "first_use_s": round(seconds, 2),
        "memory_mib": round(kibibytes / 1024, 1),
    }


def _best(read: Callable[[Sequence[str]], object], texts: Sequence[str]) -> float:
    batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
    rounds = [sum(_took(read, batch) for batch in batches) for _ in range(_ROUNDS)]
    return 1e6 * min(rounds) / len(texts)


def _messages(texts: Sequence[str]) -> list[Message]:
    return [(text, (), "parent") for text in texts]


def _p99(read: Callable[[Sequence[str]], object], texts: Sequence[str]) -> float:
    took = sorted(min(_took(read, [text]) for _ in range(_ROUNDS)) for text in texts)
    return 1e6 * took[int(0.99 * (len(took) - 1))]


def _took(read: Callable[[T], object], argument: T) -> float:
    """Seconds of this thread's own time."""
    began = time.thread_time()
    read(argument)
    return time.thread_time() - began


def _first_use() -> tuple[float, int]:
    """Seconds and kibibytes of a new process that imports both and reads one message."""
    done = subprocess.run(
        [sys.executable, "-c", _FIRST_USE], check=True, capture_output=True, text=True
    )
    seconds, memory = json.loads(done.stdout)
    return seconds, memory if sys.platform != "darwin" else memory // 1024
