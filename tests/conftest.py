"""How hard the property tests search: `--hypothesis-profile=thorough` searches longer."""

import signal

from hypothesis import HealthCheck, settings

# A busy machine is no fault of the code, so no example has a deadline. A failing example prints
# the blob that brings it back, beside the falsifying input.
settings.register_profile(
    "moderate",
    max_examples=50,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", settings.get_profile("moderate"), max_examples=2_000)
settings.load_profile("moderate")

# Who starts the tests in the background (a CI, `nohup make test &`) lets them ignore Ctrl-C, and so
# would each process that they start, also where a test is about Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
