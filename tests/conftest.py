"""How hard the property tests search: `--hypothesis-profile=thorough` searches longer."""

from hypothesis import HealthCheck, settings

# A busy machine is no fault of the code, so no example has a deadline. A failing example prints
# the blob that brings it back, beside the falsifying input.
settings.register_profile(
    "moderate",
    max_examples=60,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", settings.get_profile("moderate"), max_examples=2_000)
settings.load_profile("moderate")
