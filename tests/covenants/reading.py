"""How a scenario is read: the log that it stands for, and where what was judged falls short.

As the maintainers' own runner reads them: for each event that an expected action names, the log is
judged once up to and once before that event.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from schemas.action import Action
from schemas.policy import Pack
from streams.pipeline import judge_lines
from streams.policy import Policy, compile_pack, pack_bytes, read_pack

HERE: Final = Path(__file__).parent
POLICIES: Final = HERE.parents[1] / "policies"
DAY_MS: Final = 86_400_000
ANY: Final = (
    "delete",
    "escalate",
    "mute",
    "notice",
    "remind",
    "remove",
    "rename_request",
    "review",
)

Scenario = Mapping[str, Any]


def book(*names: str) -> list[Scenario]:
    """The scenarios of these files, each with its roster's lines in place of the roster's name."""
    scenarios: list[Scenario] = []
    rosters: dict[str, Any] = {}
    for name in names:
        content = yaml.load(HERE.joinpath(name).read_text(encoding="utf-8"), yaml.CSafeLoader)
        rosters |= content.get("rosters", {})
        for scenario in content["scenarios"]:
            roster = scenario.get("roster")
            scenarios.append(scenario | {"roster": rosters[roster] if roster else []})
    return scenarios


def faults_of(scenario: Scenario) -> list[str]:
    """Where the scenario's covenant, as its pack has it, does not do what is expected."""
    policy = policy_for(scenario)
    return shortfalls(
        scenario, {end: judged_until(scenario, policy, end) for end in ends_of(scenario)}
    )


def shortfalls(scenario: Scenario, judged: Mapping[int, Sequence[Action]]) -> list[str]:
    """Where actions, by the number of events after which the log ends, fall short."""
    return [*_missing(scenario, judged), *_forbidden(scenario, judged)]


_policies: dict[tuple[str, str], Policy] = {}


def policy_for(scenario: Scenario) -> Policy:
    """The covenant's pack with the scenario's settings, made ready once."""
    settings = {
        key: value if isinstance(value, str) else msgspec.json.encode(value).decode()
        for key, value in (scenario.get("set") or {}).items()
    }
    name = (scenario["covenant"], repr(sorted(settings.items())))
    if name not in _policies:
        text = (POLICIES / f"{name[0]}.yaml").read_text(encoding="utf-8")
        pack = read_pack(text, source=f"{name[0]}.yaml", settings=settings)
        assert isinstance(pack, Pack), list(map(str, pack))
        _policies[name] = compile_pack(pack_bytes(pack))
    return _policies[name]


def judged_until(scenario: Scenario, policy: Policy, end: int) -> list[Action]:
    """The actions of the log that ends before event `end`."""
    version = policy.ref.version
    lines = [msgspec.json.encode(event) for event in log_of(scenario, end)]
    actions, bad = judge_lines(lines, {version: policy}, version)
    assert not bad, bad
    return actions


def log_of(scenario: Scenario, end: int, group: str = "g") -> list[dict[str, Any]]:
    """The scenario's roster and its first `end` events, as the contract has them."""
    events = []
    for place, event in enumerate(scenario["events"]):
        told = {key: value for key, value in event.items() if key != "at"}
        if "at" in event:
            told["sent_at"] = round(_moment(event["at"]).timestamp() * 1000)
        where = {"platform": scenario.get("platform", "wechat"), "group_id": group}
        events.append(where | {"id": f"e{place}"} | told)
    roster = scenario["roster"]
    if not roster:
        return events[:end]
    head = {
        "id": "roster",
        "kind": "roster",
        "platform": events[0]["platform"],
        "group_id": group,
        "member_id": roster[0]["member_id"],
        "sent_at": events[0]["sent_at"] - DAY_MS,
        "roster": roster,
    }
    return [head, *events[:end]]


def _moment(at: str | datetime) -> datetime:
    return at if isinstance(at, datetime) else datetime.fromisoformat(at)


def _wanted(scenario: Scenario) -> Sequence[Mapping[str, Any]]:
    return (scenario.get("expect") or {}).get("actions") or []


def ends_of(scenario: Scenario) -> list[int]:
    """Where the scenario's log must end to be compared: before and after each expected action."""
    ends = {one["at_event"] + more for one in _wanted(scenario) for more in (0, 1)}
    return sorted({*ends, len(scenario["events"])})


def _fits(action: Action, kind: str, member: str | None, mode: str = "live") -> bool:
    of_member = member is None or action.member_id == member
    return action.kind == kind and action.mode == mode and of_member


def _missing(scenario: Scenario, judged: Mapping[int, Sequence[Action]]) -> Iterator[str]:
    counts = Counter(
        (one["kind"], one.get("member_id"), one.get("mode", "live"), one["at_event"])
        for one in _wanted(scenario)
    )
    for (kind, member, mode, place), times in counts.items():
        after = sum(_fits(action, kind, member, mode) for action in judged[place + 1])
        before = sum(_fits(action, kind, member, mode) for action in judged[place])
        if after - before < times:
            who = f" {member}" if member else ""
            yield f"event {place}: {times} {kind}{who} {mode}; {before} before, {after} after"


def _forbidden(scenario: Scenario, judged: Mapping[int, Sequence[Action]]) -> Iterator[str]:
    whole = judged[len(scenario["events"])]
    for word in (scenario.get("expect") or {}).get("forbid") or []:
        kind, _, member = word.partition("@")
        for one in ANY if kind == "any" else (kind,):
            allowed = sum(
                wanted["kind"] == one
                and wanted.get("mode", "live") == "live"
                and (not member or wanted.get("member_id") in (None, member))
                for wanted in _wanted(scenario)
            )
            seen = [action for action in whole if _fits(action, one, member or None)]
            if len(seen) > allowed:
                by = sorted({f"{action.rule} {'/'.join(action.labels)}" for action in seen})
                yield f"forbidden {word}: {len(seen)} {one}, {allowed} allowed, by {by}"
