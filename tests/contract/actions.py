"""Actions for the contract tests."""

from typing import Any

from schemas.action import Action, ActionKind, PolicyRef

NOW = 1_700_000_000_000


def action_of(name: str = "a1", kind: ActionKind = "remind", **more: Any) -> Action:
    """A live action of a member that expires half an hour after `NOW`."""
    fields: dict[str, Any] = {
        "platform": "qq",
        "group_id": "g1",
        "member_id": "m-of-a-person",
        "rule": "flood.rate",
        "explain": "60秒内10条消息，提醒一次",
        "policy": PolicyRef(id="default", version="0" * 32),
        "mode": "live",
        "decided_at": NOW,
        "expires_at": NOW + 1_800_000,
    }
    return Action(id=name, kind=kind, **(fields | more))
