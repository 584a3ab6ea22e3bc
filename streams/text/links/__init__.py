"""Links in a text, however they are written, and what they are for. Nothing is ever fetched.

With a scheme, bare, spaced out, with 点 or `dot` for the dot, in full width or look-alike letters,
in figures, in Chinese names; short links, shared files, mini programs, codes to copy.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import Final

import re2
from msgspec import Struct

from streams.text.links.dots import views
from streams.text.links.hosts import LABELS, link_kind
from streams.text.links.suffix import TOP, is_suffix, registrable
from streams.text.privacy.cues import has
from streams.text.spelling import Spelling, count_signs, spell

__all__ = [
    "ALLOWED_ALWAYS",
    "LABELS",
    "Link",
    "allow_list",
    "find_links",
    "is_allowed",
    "kind_of",
    "link_kind",
    "registrable",
]

ALLOWED_ALWAYS: Final = ("gov.cn", "edu.cn")
"""Hosts that no setting takes away: public offices and schools."""

_LINKS_MAX: Final = 50
"""Links that are looked at in one message: a bound on the work. More would judge it no worse."""
_CANDIDATES_MAX: Final = 2_000
_NEAR: Final = 40
"""How far the words that say what a link is for may stand from it, in characters."""
SIGNS: Final = ".．码程"
"""A link has two Latin letters or one of these."""

# Endings that no ordinary sentence and no file's name has: an address without anything more.
_PLAIN: Final = frozenset(
    [
    "com", "cn", "net", "org", "top", "vip", "cc", "xyz", "club", "shop", "icu", "info",
    "biz", "tv", "io", "ly", "wang", "ltd", "mobi", "kim", "ren", "asia", "hk", "tw",
    "jp", "kr", "ru", "eu", "gg", "cyou", "buzz", "store", "tech", "website", "fun",
    "online", "site", "app", "dev", "ai",
    ]
)  # fmt: skip
# Of those, the ones that are words of the language too: `the end.store` needs more to it.
_WORDLIKE: Final = frozenset(
    [
    "online", "site", "fun", "app", "dev", "store", "tech", "ai", "website", "club",
    "shop", "info",
    ]
)  # fmt: skip
_CALL: Final = (
    "网址", "网站", "链接", "打开", "点击", "点开", "访问", "登录", "登陆", "浏览", "官网", "搜", "进入", "复制", "下载",
    "戳", "域名", "地址", "看这", "去这", "进去", "领取", "注册", "输入", "服务器", "投票", "观看", "在线看",
)  # fmt: skip
_NAME: Final = r"[a-z0-9][a-z0-9_-]{0,62}\."
_LINK: Final = re2.compile(
    rf"(?:h[tx*]{{2}}ps?|ftp)[:;]?[/\\]{{1,3}}[!-~]+"
    rf"|[a-z][a-z0-9+]{{2,20}}://[!-~]+|magnet:\?[!-~]+|#小程序:(?://)?[^ ]{{1,60}}"
    rf"|(?:^|[^a-z0-9@._-])(?:{_NAME}){{1,8}}(?:xn--[a-z0-9-]{{2,59}}|[a-z]{{2,18}})(?::[0-9]{{1,5}})?(?:[/?#\\][!-~]*|(?:[^a-z0-9_.@-]|$)|\.)"
    r"|(?:^|[^0-9.a-z])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]{2,5})?(?:/[!-~]*)?"
)
_HAN_NAME: Final = re2.compile(
    r"[\p{Han}a-z0-9-]{0,30}\p{Han}(?:\.(?:中国|公司|网络|网址|在线|中文网|集团|我爱你|商城|网店|手机|"
    r"com|cn|net|org|top|vip|cc|xyz|wang|ren)|点(?:com|cn|net|vip|top))(?:[^\p{Han}a-z0-9]|$)"
)
_HAN_ENDS: Final = (
    ".中", ".公司", ".网", ".在线", ".集团", ".我爱你", ".商城", ".手机", "点com", "点cn", "点net", "点vip", "点top", ".com",
    ".cn", ".net", ".org", ".top", ".vip", ".cc", ".xyz", ".wang", ".ren",
)  # fmt: skip
_SHARED: Final = re2.compile(
    r"/s/[a-z0-9_-]{6,40}|(?:提取码|访问码|提取密码|网盘密码)[ :,是为=]{0,3}[a-z0-9]{4,6}"
    r"|(?:^|[^$a-z0-9])[$(/][ ]?[a-z0-9]{10,14}[ ]?[$)/](?:[^$a-z0-9]|$)"
    r"|小程序码|太阳码|小程序://|(?:扫描?|识别|长按).{0,8}二维码.{0,4}(?:进入|打开|下载|观看|查看|访问|浏览|跳转|安装)"
)
_WITHOUT_LETTERS: Final = (".", "．", "码", "小程序")
_OUTSIDE: Final = (
    "//", ":/", "/s/", "dot", "www", "magnet:", "\\\\", "提取", "访问码", "小程序", "太阳码", "二维码",
    "$",
)  # fmt: skip
_DOTS_MAX: Final = 50
"""Dots that are looked at before the patterns are asked: a bound on the work."""
_FRAMES: Final = " [](){}<>"
_SHARED_SIGNS: Final = ("/s/", "提取", "访问码", "密码", "小程序", "太阳码", "二维码", "$", "复制")
_EDGE: Final = ".,;:!?)'\"]}>-"


class Link(Struct, frozen=True, gc=False):
    """Where a link stands in the text, and what it is for (one of `hosts.KINDS`)."""

    start: int
    end: int
    kind: str


def find_links(text: str, allowed: Sequence[str] = ()) -> list[Link]:
    """The links of a text in order, those to allowed hosts aside. `allowed`: of `allow_list`."""
    if count_signs(text)[1] < 2 and not any(sign in text for sign in _WITHOUT_LETTERS):
        return []
    spelling = spell(text)
    if not _may_link(spelling.plain):
        return []
    spans: list[tuple[int, int]] = []
    for view in views(spelling):
        spans += _apart(_spans(text, view, allowed), spans)
    return [_link(text, *span) for span in sorted(spans)]


def _may_link(plain: str) -> bool:
    """Whether a dot of any writing stands between letters or figures, or a code of its own does."""
    return has(plain, _OUTSIDE) or any(_joins(plain, sign) for sign in ".。点·," if sign in plain)


def _joins(plain: str, sign: str) -> bool:
    """Whether this sign stands behind a letter or figure and before one, spaces and frames aside."""
    pieces = plain.split(sign, _DOTS_MAX)
    for piece, after in pairwise(pieces):
        first, last = after.lstrip(_FRAMES)[:1], piece.rstrip(_FRAMES)[-1:]
        joined = first.isalnum() and last.isalnum() and (first.isascii() or sign == ".")
        if joined and (last.isascii() or sign in ".点"):
            return True
    return len(pieces) > _DOTS_MAX


def allow_list(hosts: Iterable[str]) -> tuple[str, ...]:
    """Hosts as a school writes them, made ready: a name allows what lies below it.

    `www.` stands for the whole name. A public suffix (`com.cn`, `github.io`) belongs to nobody and
    allows nothing.
    """
    names = (_name(host) for host in hosts)
    return tuple(name for name in names if name and not is_suffix(name))


def _name(host: str) -> str:
    """A host's name alone, however it was given (with a scheme, a port, a path, `www.`)."""
    plain = spell(host).plain.replace(" ", "").lower()
    name = _parts(plain)[0] if "/" in plain or ":" in plain else plain.strip(".*")
    return name.removeprefix("www.")


def is_allowed(url: str, allowed: Sequence[str] = ()) -> bool:
    """Whether a link leads to an allowed host or to a host below it."""
    host = _parts(spell(url).plain.strip())[0]
    return _host_allowed(host, allowed) and _is_undressed(url.partition("?")[0])


def kind_of(url: str, near: str) -> str:
    """What an attached link is for; `near`: its title and the message's text."""
    return link_kind(*_parts(spell(url).plain.strip()), near)


def _is_undressed(part: str) -> bool:
    """Whether a browser reads the letters as we do: a Cyrillic о in gov.cn is another's host."""
    plain = unicodedata.normalize("NFKC", part)
    return all(sign.isascii() or not sign.isalpha() or sign in "点點" for sign in plain)


def _host_allowed(host: str, allowed: Sequence[str]) -> bool:
    return any(host == name or host.endswith("." + name) for name in (*ALLOWED_ALWAYS, *allowed))


def _spans(text: str, view: Spelling, allowed: Sequence[str]) -> Iterator[tuple[int, int]]:
    plain = view.plain
    for match in islice(_LINK.finditer(plain), _CANDIDATES_MAX):
        start, end = _bounds(plain, *match.span())
        host, path = _parts(plain[start:end])
        if _is_address(plain, start, end, host, path):
            first, last = view.span(start, end)
            if not (_host_allowed(host, allowed) and _is_undressed(text[first:last])):
                yield first, last
    yield from _unusual(view, allowed)


def _unusual(view: Spelling, allowed: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Names in Chinese, and what leads out without any host: shared files, mini programs."""
    plain = view.plain
    if has(plain, _HAN_ENDS):
        for match in islice(_HAN_NAME.finditer(plain), _CANDIDATES_MAX):
            start, end = match.span()
            end -= not plain[end - 1].isalnum()
            name = plain[start:end]
            if not _host_allowed(name, allowed) and not name.endswith("点"):
                yield view.span(start, end)
    if has(plain, _SHARED_SIGNS):
        for match in islice(_SHARED.finditer(plain), _CANDIDATES_MAX):
            start, end = match.span()
            if _is_shared(plain[max(0, start - _NEAR) : end + _NEAR], plain, start, end):
                if "$" in match.group():
                    start, end = plain.index("$", start), plain.rindex("$", start, end) + 1
                yield view.span(start, end)


def _is_shared(near: str, plain: str, start: int, end: int) -> bool:
    found = plain[start:end]
    if "$" in found or (found[:1] in "(/" and not found.startswith("/s/")) or found[-1:] == "$":
        code = "".join(filter(str.isalnum, found))
        mixed = not code.isalpha() and not code.isdecimal()
        return mixed and has(near, ("复制", "打开", "淘宝", "口令"))
    if "二维码" in found or found in ("小程序码", "太阳码"):
        return not has(near, ("怎么", "不了", "过期", "失效", "?", "吗", "没有"))
    return not found.startswith("/s/") or start == 0 or not plain[start - 1].isalnum()


def _bounds(plain: str, start: int, end: int) -> tuple[int, int]:
    """Without the sign before a bare address, and without the marks of the sentence behind it."""
    if (
        start < end
        and not (plain[start].isascii() and plain[start].isalnum())
        and plain[start] != "#"
    ):
        start += 1
    while end > start and (
        plain[end - 1] in _EDGE or not plain[end - 1].isascii() or plain[end - 1] == " "
    ):
        if plain[start] == "#":
            break
        end -= 1
    return start, end


def _is_address(plain: str, start: int, end: int, host: str, path: str) -> bool:
    """Whether what looks like an address is one, no file's name and no end of a sentence."""
    if plain[start] == "#" or plain.startswith("magnet:", start):
        return True
    top = host.rpartition(".")[2]
    if (
        "//" in plain[start:end]
        or ":/" in plain[start:end]
        or plain.startswith(("http", "hxxp"), start)
    ):
        return len(host) > 2 or not plain.startswith(("h", "ftp"), start)
    if host.replace(".", "").isdecimal():
        return _is_figures(plain, start, end, host, path)
    if top not in TOP or not host.partition(".")[2]:
        return False
    if (
        (top in _PLAIN and top not in _WORDLIKE)
        or top.startswith("xn--")
        or host.startswith(("www.", "wap.", "m."))
    ):
        return True
    if len(path) > 1 and path[0] in "/?":
        return True
    near = plain[max(0, start - 12) : start]
    return any(word in near for word in _CALL) or (
        top in _PLAIN and _is_named(plain, start, end, host)
    )


def _is_named(plain: str, start: int, end: int, host: str) -> bool:
    """Whether a host reads like a name, with no Latin word before or behind: no sentence's end."""
    if host.replace(".", "").isalpha():
        return False
    before = plain[max(0, start - _NEAR) : start].rstrip()[-1:]
    behind = plain[end : end + _NEAR].lstrip(" .,!?")[:1]
    return not (before.isascii() and before.isalpha()) and not (
        behind.isascii() and behind.isalpha()
    )


def _is_figures(plain: str, start: int, end: int, host: str, path: str) -> bool:
    if not all(0 <= int(part) <= 255 for part in host.split(".")) or host.count(".") != 3:
        return False
    near = plain[max(0, start - 12) : start]
    return ":" in plain[start:end] or len(path) > 0 or (has(near, _CALL) and "版" not in near)


def _parts(url: str) -> tuple[str, str]:
    """The host that a browser would go to (behind any `user@`, before the port), and the path."""
    url = url.replace("\\", "/")
    rest = url.partition("//")[2] if "//" in url else _without_scheme(url)
    ends = [place for sign in "/?#" if (place := rest.find(sign)) >= 0]
    cut = min(ends, default=len(rest))
    host = rest[:cut].rpartition("@")[2].partition(":")[0].strip(".")
    return host, rest[cut:]


def _without_scheme(url: str) -> str:
    for scheme in ("http:/", "https:/", "hxxp:/", "hxxps:/"):
        if url.startswith(scheme):
            return url.removeprefix(scheme)
    return url


def _apart(
    spans: Iterable[tuple[int, int]], taken: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The spans that nothing taken overlaps; of two that overlap the one that begins first."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(set(spans), key=lambda span: (span[0], -span[1])):
        free = not any(begin < end and start < stop for begin, stop in taken)
        if start < end and free and (not kept or start >= kept[-1][1]):
            kept.append((start, end))
    return kept[:_LINKS_MAX]


def _link(text: str, start: int, end: int) -> Link:
    near = text[max(0, start - _NEAR) : start] + " " + text[end : end + _NEAR]
    host, path = _parts(spell(text[start:end]).plain.replace(" ", ""))
    if "提取码" in text[start : end + _NEAR] or text.startswith(("magnet:", "ed2k:"), start):
        return Link(start, end, "download")
    return Link(start, end, link_kind(host, path, near))
