"""Where a host's registrable name begins, by the Public Suffix List."""

from typing import Final

from streams.text.links.suffixes import RULES

_RULES: Final = frozenset(RULES.split())
TOP: Final = frozenset(rule.rpartition(".")[2] for rule in _RULES)
"""The top-level domains there are."""


def registrable(host: str) -> str:
    """The part of a host that somebody registered (`a.b.com.cn`: `b.com.cn`).

    Empty for a public suffix itself (`com.cn`, `github.io`), for an address in figures and for an
    unknown ending.
    """
    labels = host.lower().strip(".").split(".")
    if labels[-1] not in TOP:
        return ""
    size = _suffix_size(labels)
    return ".".join(labels[-size - 1 :]) if len(labels) > size else ""


def is_suffix(host: str) -> bool:
    """Whether a host is a public suffix: anybody's, and so nobody's."""
    labels = host.lower().strip(".").split(".")
    return labels[-1] in TOP and not registrable(host)


def _suffix_size(labels: list[str]) -> int:
    """How many labels the public suffix has; the longest rule wins, an exception before all."""
    for start in range(max(0, len(labels) - 6), len(labels)):
        name = ".".join(labels[start:])
        above = ".".join(labels[start + 1 :])
        if f"!{name}" in _RULES:
            return len(labels) - start - 1
        if name in _RULES or (above and f"*.{above}" in _RULES):
            return len(labels) - start
    return 1
