"""`--set KEY=VALUE`: a school's settings, given beside the pack and stronger than its own."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import inspect

from schemas.policy import Settings
from streams.policy.checks import words_fault
from streams.policy.fault import Faults, hint, shown
from streams.policy.notation import clock_minutes
from streams.policy.shape import CLOCK_SETTINGS

_FIELDS: Final[Mapping[str, inspect.Field]] = {
    field.name: field
    for field in inspect.type_info(Settings).fields  # type: ignore[attr-defined]
}
_SWITCH: Final = {"true": True, "false": False}


def read_overrides(settings: Mapping[str, str], faults: Faults) -> dict[str, Any]:
    """The settings given, typed; what can't be read is left out and noted."""
    values: dict[str, Any] = {}
    for key, text in settings.items():
        source = f"--set {key if key.isprintable() else shown(key)}"
        if key not in _FIELDS:
            faults.beside(source, f"no such setting{hint(key, _FIELDS)}")
            continue
        value, fault = _value(key, text)
        if fault:
            faults.beside(source, fault)
        else:
            values[key] = value
    return values


def _value(key: str, text: str) -> tuple[Any, str]:
    """The value, and what is wrong with it (empty: nothing)."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        return None, "the value is no UTF-8 text"
    kind = _FIELDS[key].type
    if isinstance(kind, inspect.BoolType):
        fault = "" if text in _SWITCH else f"write true or false, not {shown(text)}"
        return _SWITCH.get(text), fault
    if isinstance(kind, inspect.VarTupleType):
        words, fault = _words(text)
        return words, fault or (words_fault(words) if key == "words" else "")
    if key in CLOCK_SETTINGS and clock_minutes(text) is None:
        return None, f"write a time of day such as 06:00, not {shown(text)}"
    return text, ""


def _words(text: str) -> tuple[list[str], str]:
    """A list: a JSON array where it begins like one, else words between commas."""
    if not text.lstrip().startswith("["):
        return [word.strip() for word in text.split(",") if word.strip()], ""
    try:
        return list(map(str, msgspec.json.decode(text, type=list[str | int]))), ""
    except (msgspec.DecodeError, RecursionError):
        return [], f"write words between commas, or a JSON array of texts, not {shown(text)}"
