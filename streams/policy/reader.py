"""Read a policy pack strictly: all its faults at once, each with its place and its mend."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from schemas.policy import Pack, Settings
from streams.explain import LABEL_WORDS
from streams.policy.checks import check, fill_quiet_ends
from streams.policy.days import check_days, years_of
from streams.policy.fault import FAULTS_MAX, Enough, Fault, Faults
from streams.policy.layers import Wider, composed, nobody
from streams.policy.overrides import read_overrides
from streams.policy.shape import BAD, Shape
from streams.policy.years import Years

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


def read_pack(
    text: str,
    *,
    source: str = "pack",
    settings: Mapping[str, str] = _NONE,
    wider: Wider = nobody,
    years: Years | None = None,
) -> Pack | list[Fault]:
    """The pack that the YAML text describes, or all that is wrong with it, in the text's order.

    `settings` are the `--set` options, stronger than the pack's own; `wider` finds the packs that
    the text stands over (`streams.policy.layers`). `years`: the calendar's, as far as they are
    known; a pack whose rules' days need none reads alike without them. Total: no text raises. At
    most `FAULTS_MAX` faults are given.
    """
    faults = Faults(source)
    try:
        pack = _read(text, settings, faults, wider, years)
    except Enough:
        pack = None
    if pack is not None and not faults.found:
        return pack
    own = [fault for fault in faults.found if fault.source == source]
    others = [fault for fault in faults.found if fault.source != source]
    in_order = [
        sorted(some, key=lambda fault: (fault.line, fault.column)) for some in (own, others)
    ]
    return [fault for some in in_order for fault in some][:FAULTS_MAX]


def _read(
    text: str, settings: Mapping[str, str], faults: Faults, wider: Wider, years: Years | None
) -> Pack | None:
    overrides = read_overrides(settings, faults)
    root = composed(text, faults, wider)
    if root is None:
        return None
    shape = Shape(faults)
    values = shape.pack(root)
    if values is BAD:
        return None
    check(shape, values, LABEL_WORDS)
    check_days(shape, values, years)
    if faults.found:
        return None
    values |= years_of(values, years)
    return _made(values, overrides)


def _made(values: dict[str, Any], overrides: dict[str, Any]) -> Pack:
    chosen = values.get("settings", {}) | overrides
    settings = msgspec.convert(chosen, Settings)
    values["settings"] = msgspec.to_builtins(settings)
    fill_quiet_ends(values, values["settings"])
    return msgspec.convert(values, Pack)
