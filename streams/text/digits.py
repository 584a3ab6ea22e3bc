"""Digits of every style that Unicode does not take apart."""

from typing import Final


def _row(first: int, values: range) -> dict[int, str]:
    return {first + place: str(value) for place, value in enumerate(values)}


DIGITS: Final[dict[int, str]] = {
    0x24FF: "0",
    **_row(0x2776, range(1, 11)),
    **_row(0x2780, range(1, 11)),
    **_row(0x278A, range(1, 11)),
    **_row(0x24EB, range(11, 21)),
    **_row(0x24F5, range(1, 11)),
    **_row(0x3021, range(1, 10)),
    **dict(zip(map(ord, "壹弌贰弍叁弎肆柒捌玖"), "一一二二三三四七八九", strict=True)),
}
"""Circled, negative, merchants' and cheques' digits, as `fold` writes them. Those that are a part
of ordinary words or a surname (伍, 陆, 拾) are left to `SAME`."""

SAME: Final[dict[int, str]] = dict(
    zip(map(ord, "0123456789两幺伍陆拾佰仟〇"), "零一二三四五六七八九二一五六十百千零", strict=True)
)
"""Digits whose ways of writing are one and the same where words are compared."""
