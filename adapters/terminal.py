"""The terminal as a platform: each action is one line that a person reads."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Final, TextIO
from zoneinfo import ZoneInfo

from adapters.protocol import Capabilities, outcome_of
from schemas.action import Action, ActionKind, Outcome

WORDS: Final[Mapping[ActionKind, str]] = {
    "remind": "提醒",
    "notice": "群内通知",
    "delete": "删除",
    "mute": "禁言",
    "unmute": "解除禁言",
    "mute_all": "全员禁言",
    "unmute_all": "解除全员禁言",
    "remove": "移出",
    "welcome": "欢迎",
    "rename_request": "请改名",
    "review": "请人审核",
    "escalate": "上报",
    "purge": "清理",
    "report": "报告",
}
_COLOURS: Final[Mapping[ActionKind, str]] = {
    "remind": "36",
    "notice": "34",
    "delete": "33",
    "mute": "35",
    "mute_all": "35",
    "remove": "31",
    "review": "1;35",
    "escalate": "1;31",
}
_KIND_CELLS: Final = 8
_CHINA: Final = ZoneInfo("Asia/Shanghai")


def tag(platform: str, member_id: str | None) -> str:
    """A short name for a member that tells two apart and is no account number."""
    if member_id is None:
        return "全群"
    digest = blake2b(f"{platform}:{member_id}".encode(), digest_size=2).hexdigest()
    return f"#{digest}"


def visible(text: str) -> str:
    """The text with what a terminal obeys, or does not show, written out as an escape.

    Ids come from outside: one that holds an escape sequence must not move the cursor.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def line_of(action: Action, *, colour: bool, zone: ZoneInfo = _CHINA) -> str:
    """The action for a person: when, where, whom, what, why. No text and no name stands in it."""
    at = datetime.fromtimestamp(action.decided_at / 1000, UTC).astimezone(zone)
    word = WORDS[action.kind]
    padded = word + " " * max(0, _KIND_CELLS - 2 * len(word))
    if colour:
        padded = f"\x1b[{_COLOURS.get(action.kind, '32')}m{padded}\x1b[0m"
    who = tag(action.platform, action.member_id)
    where = visible(f"{action.platform}:{action.group_id}")
    said = visible(f"{action.rule}: {' '.join(action.explain.split())}")
    return f"{at:%H:%M:%S} {where:<18} {who:<5} {padded} {said}"


class TerminalAdapter:
    """Writes each action to a stream; whoever reads along does the rest."""

    def __init__(self, out: TextIO, now_ms: Callable[[], int], *, colour: bool) -> None:
        self._out = out
        self._now_ms = now_ms
        self._colour = colour

    @property
    def capabilities(self) -> Capabilities:
        """Everything can be said."""
        return Capabilities()

    async def perform(self, action: Action) -> Outcome:
        """Write the action's line. Raises BrokenPipeError when nobody reads any more."""
        self._out.write(line_of(action, colour=self._colour) + "\n")
        self._out.flush()
        return outcome_of(action, "done", self._now_ms())
