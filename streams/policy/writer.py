"""A pack as YAML again, whole: what its layers and settings come to. Read again, it is the same pack."""

from typing import Any

import msgspec
import yaml
from msgspec import inspect

from schemas.policy import Pack
from streams.policy.notation import clock_words, period_words
from streams.policy.shape import PERIOD_SUFFIX

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def as_yaml(pack: Pack) -> str:
    """The pack's text, keys in the order of the types; what equals its default is left out."""
    values = _written(msgspec.to_builtins(pack), inspect.type_info(Pack))
    text: str = yaml.dump(values, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    return text


def _written(value: Any, kind: inspect.Type) -> Any:
    """The value as YAML writes it: periods and times of day in their own notation."""
    if isinstance(kind, inspect.UnionType):
        (kind,) = (each for each in kind.types if not isinstance(each, inspect.NoneType))
    if isinstance(kind, inspect.Metadata) and (kind.extra or {}).get("written") == "clock":
        return clock_words(value)
    if isinstance(kind, inspect.VarTupleType):
        return [_written(item, kind.item_type) for item in value]
    if not isinstance(kind, inspect.StructType):
        return value
    fields = {field.encode_name: field.type for field in kind.fields}
    return {
        name.removesuffix(PERIOD_SUFFIX): (
            period_words(held) if name.endswith(PERIOD_SUFFIX) else _written(held, fields[name])
        )
        for name, held in value.items()
        if held is not None and held != []
    }
