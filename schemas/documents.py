"""The wire contract as documents, made of the types: JSON Schemas, and an AsyncAPI 3 file.

`python -m schemas.documents` writes them to docs/schema/, `--check` says which are not current.
`documents` itself is pure; only `main` touches files.
"""

import argparse
import sys
from collections.abc import Mapping
from inspect import cleandoc
from pathlib import Path
from typing import Any, Final

import msgspec

from schemas.action import Action, Outcome
from schemas.dead import DeadLetter
from schemas.event import Event
from schemas.policy import Pack

FOLDER: Final = Path(__file__).parents[1] / "docs" / "schema"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

PERIOD: Final = {"type": "string", "pattern": "^[0-9]{1,9}(ms|s|m|h|d)$"}
CLOCK: Final = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}

_RECORDS: Final[Mapping[str, tuple[Any, str]]] = {
    "event": (Event, "Events, in: one record of `chat.events`."),
    "action": (Action, "Actions, out: one record of `chat.actions`."),
    "outcome": (Outcome, "Outcomes, back: one record of `chat.outcomes`."),
    "dead-letter": (DeadLetter, "What could not be read: one record of `chat.dead`."),
}

_CHANNELS: Final[Mapping[str, tuple[str, str]]] = {
    # channel: (record, what the application does with it)
    "events": ("event", "receive"),
    "actions": ("action", "send"),
    "outcomes": ("outcome", "receive"),
    "dead": ("dead-letter", "send"),
}


def documents() -> dict[str, bytes]:
    """Every file of docs/schema/ by its name, as it must be."""
    files: dict[str, Any] = {f"{name}.schema.json": _record(name) for name in _RECORDS}
    files["policy.schema.json"] = _pack()
    files["asyncapi.json"] = _asyncapi()
    return {name: _encoded(content) for name, content in files.items()}


def _encoded(content: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"


def _components(kind: Any, template: str) -> tuple[dict[str, Any], dict[str, Any]]:
    (schema,), components = msgspec.json.schema_components([kind], ref_template=template)
    # OpenAPI's keyword, which AsyncAPI writes otherwise; each kind's `enum` says the same.
    schema.pop("discriminator", None)
    return schema, {name: _tidied(component) for name, component in components.items()}


def _tidied(component: dict[str, Any]) -> dict[str, Any]:
    """A docstring's indentation is of its source, not of its words."""
    if "description" in component:
        component["description"] = " ".join(cleandoc(component["description"]).split())
    return component


def _record(name: str) -> dict[str, Any]:
    kind, description = _RECORDS[name]
    schema, components = _components(kind, "#/$defs/{name}")
    head = {"$schema": DIALECT, "title": name, "description": description}
    return {**head, **schema, "$defs": components}


_CLOCKS: Final = (
    ("QuietHours", "from"),
    ("QuietHours", "to"),
    ("Hours", "from"),
    ("Hours", "to"),
    ("Weekly", "at"),
)
"""Times of day: numbers in the types, `HH:MM` in YAML."""


def _pack() -> dict[str, Any]:
    """A pack as YAML writes it, for editors; `streams.policy.reader` reads more strictly still."""
    schema, components = _components(Pack, "#/$defs/{name}")
    for component in components.values():
        component["properties"] = dict(
            _as_written(name, field) for name, field in component["properties"].items()
        )
        component["required"] = [_as_written(name, {})[0] for name in component["required"]]
    for name, field in _CLOCKS:
        components[name]["properties"][field] = CLOCK
    components["QuietHours"]["required"] = ["from"]
    for name in ("quiet_end", "midday_end"):
        components["Settings"]["properties"][name] |= CLOCK
    head = {"$schema": DIALECT, "title": "policy", "description": "A policy pack in YAML."}
    return {**head, **schema, "$defs": components}


def _as_written(name: str, field: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    if name.endswith("_ms"):
        return name.removesuffix("_ms"), dict(PERIOD)
    # What may be absent is absent in a pack: the reader refuses null.
    kinds = [kind for kind in field.get("anyOf", ()) if kind != {"type": "null"}]
    return name, kinds[0] if len(kinds) == 1 else field


def _asyncapi() -> dict[str, Any]:
    components: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for name, (kind, description) in _RECORDS.items():
        payload, more = _components(kind, "#/components/schemas/{name}")
        components |= more
        key = {"type": "string", "description": "platform:group_id, murmur2 partitioner"}
        messages[name] = {
            "name": name,
            "summary": description,
            "contentType": "application/json",
            "payload": payload,
            "bindings": {"kafka": {"key": key, "bindingVersion": "0.5.0"}},
        }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "banzhang",
            "version": "1",
            "description": "Moderates group chats: events in, actions out, outcomes back.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {channel: _channel(channel) for channel in _CHANNELS},
        "operations": {
            f"{action}-{channel}": {
                "action": action,
                "channel": {"$ref": f"#/channels/{channel}"},
            }
            for channel, (_, action) in _CHANNELS.items()
        },
        "components": {"schemas": components, "messages": messages},
    }


def _channel(channel: str) -> dict[str, Any]:
    record, _ = _CHANNELS[channel]
    return {
        "address": f"{{namespace}}.{channel}",
        "description": _RECORDS[record][1],
        "parameters": {
            "namespace": {"default": "chat", "description": "BANZHANG_NAMESPACE of the system"}
        },
        "messages": {record: {"$ref": f"#/components/messages/{record}"}},
    }


def outdated(folder: Path = FOLDER) -> list[str]:
    """The names of files in the folder that are missing, or not as the types have them."""
    return [
        name
        for name, content in documents().items()
        if not (folder / name).is_file() or (folder / name).read_bytes() != content
    ]


def main(arguments: list[str] | None = None) -> int:
    """Write the files, or with `--check` only compare. Exit code 1 where they differ."""
    parser = argparse.ArgumentParser(prog="python -m schemas.documents", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 on differences")
    if parser.parse_args(arguments).check:
        for name in (differing := outdated()):
            print(f"docs/schema/{name} is not current: run `make schemas`", file=sys.stderr)
        return 1 if differing else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in documents().items():
        (FOLDER / name).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
