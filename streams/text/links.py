"""Links: with a scheme, bare, in full width, spaced out, or with 点 for the dot."""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

import re2

from streams.text.views import View

ALLOWED_ALWAYS: Final = ("gov.cn", "edu.cn")
"""Hosts that no setting takes away: public offices and schools."""

# Endings that no ordinary sentence has. The registry's full list would make links of
# "the end.Me too", so words of the language count only in an address that has more to it.
_PLAIN: Final = (
    "com|cn|net|org|top|vip|cc|xyz|club|shop|icu|info|biz|tv|io|ly|wang|ltd|mobi|kim|ren|asia|hk"
    "|tw|jp|kr|ru|eu|gg|cyou|buzz|store|tech|website"
)
_WORDLIKE: Final = (
    "me|co|la|in|us|uk|im|sh|site|online|win|bid|live|fun|work|link|ink|pub|space|red|app|group"
    "|pro|life|world|today|one|chat|games|bet|so|to|ws|su|is|be"
)
_NAME: Final = r"[a-z0-9][a-z0-9_-]{0,62}\."
_PORT: Final = r"(?::[0-9]{1,5})?"
_LINK: Final = re2.compile(
    rf"(?:https?|ftp)://?[!-~]+"
    rf"|(?:^|[^a-z0-9@._-])(?:{_NAME}){{1,8}}(?:{_PLAIN})\b{_PORT}(?:[/?#][!-~]*)?"
    rf"|(?:^|[^a-z0-9@._-])(?:{_NAME}){{1,8}}(?:{_WORDLIKE}){_PORT}/[!-~]*"
    rf"|(?:^|[^a-z0-9@._-])www\.(?:{_NAME}){{1,8}}(?:{_WORDLIKE})\b"
    r"|(?:^|[^0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]{2,5}|/)[!-~]*"
)
# An address in which spaces or marks of no width were strewn.
_STREWN: Final = re2.compile(
    r"(?:\b[a-z0-9][ ~]+){3}|[a-z0-9~] +\. *[a-z]|[a-z0-9]\. +(?:com|cn|net|vip|top)\b|~"
)
_WIDTHLESS: Final = "\u200b\u200c\u200d\u2060\ufeff\u00ad"


def _spell(sign: str) -> str:
    if sign in _WIDTHLESS:
        return "~"
    if sign in "。｡点點":
        return "."
    if sign.isspace():
        return " "
    plain = unicodedata.normalize("NFKC", sign).casefold()
    return plain if len(plain) == 1 and plain.isascii() and plain.isprintable() else ""


_VIEW: Final = View(_spell, more="点點", other="\u4e00")
_LETTERS: Final = frozenset(
    chr(code) for code, plain in _VIEW.items() if plain.isalnum() and plain.isascii()
)


def find_links(text: str, allowed: Sequence[str] = ()) -> list[tuple[int, int]]:
    """Where the links stand in a text, those to allowed hosts aside."""
    if _LETTERS.isdisjoint(text):
        return []
    view = text.translate(_VIEW)
    if "." not in view:
        return []
    if _STREWN.search(view) is None:
        return list(_spans(view, allowed))
    kept = [place for place, sign in enumerate(view) if sign not in " ~"]
    joined = "".join([view[place] for place in kept])
    return [(kept[start], kept[end - 1] + 1) for start, end in _spans(joined, allowed)]


def is_allowed(url: str, allowed: Sequence[str] = ()) -> bool:
    """Whether a link leads to an allowed host or to a host below it."""
    host = _host(url.translate(_VIEW).strip(" \u4e00"))
    return any(host == name or host.endswith("." + name) for name in (*ALLOWED_ALWAYS, *allowed))


def _spans(view: str, allowed: Sequence[str]) -> Iterator[tuple[int, int]]:
    for match in _LINK.finditer(view):
        start = match.start()
        end = start + len(match.group().rstrip(".,;:!?)'\""))
        # re2 looks at no character without taking it: the one before a bare address is not its.
        if not view[start].isascii() or not view[start].isalnum():
            start += 1
        if _host(view[start:end]) and not is_allowed(view[start:end], allowed):
            yield start, end


def _host(url: str) -> str:
    """The host that a browser would go to: behind any `user@`, before port and path."""
    rest = url.partition("//")[2] if "//" in url else url.removeprefix("http:/")
    for sign in "/?#\\":
        rest = rest.partition(sign)[0]
    return rest.rpartition("@")[2].partition(":")[0].strip(".")
