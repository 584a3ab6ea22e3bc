"""Class rolls: many names in one message. Whose they are the roster says, to `streams.judge`."""

import re
from collections.abc import Sequence
from typing import Final

from streams.text.privacy.cues import has

NAMES_MIN: Final = 8
"""Fewer are a group of children, no roll."""
_NAMES_MAX: Final = 500
"""Names that are looked at in one message: a bound on the work. A class has fewer."""
_NAME: Final = range(2, 5)

# Where names are gathered or honoured, not given away.
_HARMLESS: Final = (
    "接龙", "表扬", "祝贺", "恭喜", "获奖", "值日", "参加", "报名", "演员", "小组", "感谢", "队员", "名单如下请核对",
    "点赞", "优秀", "进步", "志愿", "#接龙", "到达", "已到",
)  # fmt: skip
# Nothing to go back to in it: Python's own engine is linear here, and several times as fast.
_HAN: Final = re.compile("[\u4e00-\u9fff]+")


def names_listed(text: str) -> Sequence[str]:
    """What may be names, in a text that lists as many as a roll has: two to four characters
    between marks, figures or spaces. None where names are gathered or honoured.
    """
    if len(text) < 3 * NAMES_MIN - 1 or has(text, _HARMLESS):
        return ()
    parts = dict.fromkeys(part for part in _HAN.findall(text) if len(part) in _NAME)
    return tuple(parts)[:_NAMES_MAX] if len(parts) >= NAMES_MIN else ()
