"""Numbers of bank cards: known beginnings, plausible lengths, and the check digit of Luhn."""

from collections.abc import Iterator
from typing import Final

from streams.text.privacy.cues import OTHER, Nearest, before, has
from streams.text.privacy.runs import Figures, Run

_NAMED: Final = (
    "卡", "银行", "銀行", "账户", "账号", "帐号", "帐户", "工行", "建行", "农行", "中行", "招行", "交行", "邮储",
    "信用社", "转账", "转帐", "汇款", "打款", "打钱", "打到", "收款", "开户", "转到", "visa", "card", "支付宝", "退款到",
    "储蓄", "农商", "兴业", "浦发", "中信", "平安", "尾号",
)  # fmt: skip
_ACCOUNT: Final = Nearest(_NAMED, OTHER)
_CORPORATE: Final = ("对公", "学校账", "学校帐", "公司账", "公户", "学校收款", "监管账户", "财政")
_BANKS: Final = (
    "工行", "建行", "农行", "中行", "招行", "交行", "邮储", "工商银行", "建设银行", "农业银行", "中国银行", "招商银行",
    "交通银行", "信用社", "农商行", "农商银行", "浦发", "兴业银行", "中信银行", "民生银行", "光大",
)  # fmt: skip
"""Behind a bank's name a number that begins as a card's does is one, though a figure be wrong."""
_LENGTHS: Final = {"62": (16, 17, 18, 19), "95": (19,), "35": (16,), "34": (15,), "37": (15,)}
_ELSEWHERE: Final = {"4": (16,), "5": (16,), "6": (16, 19), "9": (19, 16)}


def find_cards(figures: Figures) -> Iterator[tuple[int, int, str]]:
    """The numbers as (start, end, digits) of the spelling, the longest of a place first."""
    for run in figures.runs("34569", (19, 18, 17, 16, 15)):
        if "x" not in run.digits and _is_card(figures, run):
            yield run.start, run.end, run.digits


def _is_card(figures: Figures, run: Run) -> bool:
    digits, plain = run.digits, figures.plain
    lengths = _LENGTHS.get(digits[:2]) or _ELSEWHERE.get(digits[0], ())
    if len(digits) not in lengths or len(set(digits)) < 3:
        return False
    head = before(plain, run.start)
    if not _luhn(digits) and not (digits.startswith("62") and run.soft and has(head, _BANKS)):
        return False
    named = _ACCOUNT.kind(head)
    if named < 0 or has(before(plain, run.start, 24), _CORPORATE):
        return False
    if figures.view[max(0, run.start - 1) : run.start] in ("y", "o", "l", "x") and named == 0:
        return False
    if named > 0:
        return True
    # Two-digit marks in a row may add up to a card's length, and pass its check once in ten times.
    grouped = min(run.sizes[:-1], default=4) > 3 or max(run.sizes) == 1
    return grouped and run.soft and run.whole and digits.startswith("62")


def _luhn(digits: str) -> bool:
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0
