"""How hard the property tests search, and what is told of the simulation's histories.

`--hypothesis-profile=thorough` searches longer.
"""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.simulation.told import COUNTED, Told, total

# A busy machine is no fault of the code, so no example has a deadline. A failing example prints
# the blob that brings it back, beside the falsifying input.
settings.register_profile(
    "moderate",
    max_examples=30,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", settings.get_profile("moderate"), max_examples=2_000)
settings.load_profile("moderate")

# Who starts the tests in the background (a CI, `nohup make test &`) lets them ignore Ctrl-C, and so
# would each process that they start, also where a test is about Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what struck in all histories, whichever process lived through them."""
    found = list(_counted(terminalreporter))
    if found:
        terminalreporter.write_line(str(total(found)))


def _counted(reporter: pytest.TerminalReporter) -> Iterator[Told]:
    for word in ("passed", "failed"):
        for report in reporter.getreports(word):
            yield from (Told.read(v) for name, v in report.user_properties if name == COUNTED)
