"""Tricks that hide a word, applied by a seed, and the share of them that is seen through.

`python -m quality.evasions` hides words of the lexicon, and those found in the sample messages,
in each of the ways named below. What was found plain must be found again, at the same place, with
the same label. The negatives are ordinary words that sound or look like a word of the lexicon, and
everyday chat: they show what the reader sees that is not there.
"""

import json
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from streams.text import WordReader, fold
from streams.text.digits import SAME
from streams.text.initials import INITIALS
from streams.text.lexicon import load_lexicon
from streams.text.lookalikes import LOOKALIKES
from streams.text.lookalikes_signs import LETTERS
from streams.text.ordinary_table import TWO
from streams.text.parts import divisions
from streams.text.readings_table import READINGS
from streams.text.traditional import SIMPLIFIED, TRADITIONAL

ROOT: Final = Path(__file__).parents[1]
MESSAGES: Final = ROOT / "streams/simulate/texts/school.jsonl"
CHAT: Final = ROOT / "tests/samples/chat_clean.jsonl"

Trick = Callable[[str, random.Random], str]
"""Hides a word; gives it back unchanged where it has nothing to hide."""

CARRIERS: Final = ("{}", "各位家长，{}", "{}，谢谢大家", "大家好！{} 有人吗")
SAMPLE: Final = 400
"""Words that each trick is tried on."""

_TO_TRADITIONAL: Final = dict(zip(SIMPLIFIED, TRADITIONAL, strict=True))
_SYLLABLES: Final = {
    sign: entry[: len(entry) - len(entry.lstrip("abcdefghijklmnopqrstuvwxyz"))]
    for entry in READINGS.split()
    for sign in entry.lstrip("abcdefghijklmnopqrstuvwxyz")
}
_SAME_SOUND: Final = {
    entry[: len(entry) - len(signs)]: signs
    for entry in READINGS.split()
    if (signs := entry.lstrip("abcdefghijklmnopqrstuvwxyz"))
}
_FOREIGN: Final = {plain: chr(code) for code, plain in LETTERS.items()}
_DIGITS: Final = {
    "零": "0０⓪〇", "一": "1１①壹⒈❶幺", "二": "2２②贰⒉❷", "三": "3３③叁⒊❸", "四": "4４④肆⒋❹",
    "五": "5５⑤伍⒌❺", "六": "6６⑥陆⒍❻", "七": "7７⑦柒⒎❼", "八": "8８⑧捌⒏❽", "九": "9９⑨玖⒐❾",
}  # fmt: skip
_TONES: Final = {"a": "āáǎà", "e": "ēéěè", "i": "īíǐì", "o": "ōóǒò", "u": "ūúǔù"}


def _between(signs: str) -> Trick:
    return lambda word, rng: "".join(
        sign + (rng.choice(signs) if at < len(word) - 1 else "") for at, sign in enumerate(word)
    )


def _behind(signs: str) -> Trick:
    return lambda word, rng: "".join(sign + rng.choice(signs) for sign in word)


def _bracketed(word: str, rng: random.Random) -> str:
    left, right = rng.choice(("()", "【】", "「」", "<>", "[]", "（）", "〖〗"))
    return "".join(f"{left}{sign}{right}" for sign in word)


def _each(table: Mapping[str, str]) -> Trick:
    return lambda word, rng: "".join(rng.choice(table.get(sign, sign)) for sign in word)


def _wide(word: str, rng: random.Random) -> str:
    return "".join(chr(ord(s) + 0xFEE0) if "!" <= s <= "~" else s for s in word)


def _repeated(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word))
    return word[:at] + word[at] * rng.randint(3, 5) + word[at + 1 :]


def _keycaps(word: str, rng: random.Random) -> str:
    digits = {
        **{sign: sign for sign in "0123456789"},
        **{plain: chr(code) for code, plain in SAME.items() if chr(code) in "0123456789"},
    }
    return "".join(digits[s] + "\ufe0f\u20e3" if s in digits else s for s in word)


def _digits(word: str, rng: random.Random) -> str:
    plain = {chr(code): sign for code, sign in SAME.items()}
    return "".join(rng.choice(_DIGITS.get(plain.get(s, s), s)) for s in word)


def _syllables(word: str) -> list[str]:
    return [_SYLLABLES.get(sign, sign) for sign in word]


def _is_han(word: str) -> bool:
    return all(sign in _SYLLABLES for sign in word)


def _pinyin(joint: str) -> Trick:
    return lambda word, rng: joint.join(_syllables(word)) if _is_han(word) else word


def _toned(word: str, rng: random.Random) -> str:
    if not _is_han(word):
        return word
    return " ".join(_with_tone(syllable, rng) for syllable in _syllables(word))


def _with_tone(syllable: str, rng: random.Random) -> str:
    vowel = next((sign for sign in "aoeiu" if sign in syllable), "")
    return syllable.replace(vowel, rng.choice(_TONES[vowel]), 1) if vowel else syllable


def _mixed(word: str, rng: random.Random) -> str:
    if not _is_han(word):
        return word
    at = rng.randrange(len(word))
    return word[:at] + _SYLLABLES[word[at]] + word[at + 1 :]


def _sounding(word: str, rng: random.Random) -> str:
    places = [at for at, sign in enumerate(word) if sign in _SYLLABLES]
    if not places:
        return word
    at = rng.choice(places)
    return word[:at] + rng.choice(_SAME_SOUND[_SYLLABLES[word[at]]][:12]) + word[at + 1 :]


def _drawn(word: str, rng: random.Random) -> str:
    places = [at for at, sign in enumerate(word) if sign in LOOKALIKES]
    if not places or len(word) > 8:
        return word
    at = rng.choice(places)
    return word[:at] + rng.choice(LOOKALIKES[word[at]]) + word[at + 1 :]


def _foreign(word: str, rng: random.Random) -> str:
    return "".join(_FOREIGN.get(sign, sign) for sign in word)


def _split(word: str, rng: random.Random) -> str:
    places = [at for at, sign in enumerate(word) if divisions(sign)]
    if not places:
        return word
    at = rng.choice(places)
    return word[:at] + rng.choice(divisions(word[at])[:3]) + word[at + 1 :]


def _initials(word: str, rng: random.Random) -> str:
    for initials, meanings in INITIALS.items():
        for meaning in meanings:
            if meaning in word:
                return word.replace(meaning, rng.choice((initials, initials.upper())), 1)
    return word


TRICKS: Final[Mapping[str, Trick]] = {
    "full width": _wide,
    "traditional": _each(_TO_TRADITIONAL),
    "zero-width": _between("\u200b\u200c\u200d\u2060\ufeff\u00ad"),
    "combining": _behind("\u0336\u0335\u0300\u20e3\u0489"),
    "variation selectors": _behind("\ufe00\ufe0e\ufe0f\U000e0100"),
    "symbols": _between("*-_.·~|/+#=^&★☆◆●"),
    "marks": _between(",，、。！!?？;：:"),
    "spaces": _between(" \u3000\u00a0\u2003\t"),
    "emoji": _between("😀❤🎉👍🔥💰🌹"),
    "brackets": _bracketed,
    "repeats": _repeated,
    "fillers": _between("丶丿丨灬の"),
    "letters strewn": _between("abcxyz"),
    "digits": _digits,
    "keycaps": _keycaps,
    "pinyin": _pinyin(""),
    "pinyin, spaced": _pinyin(" "),
    "pinyin, toned": _toned,
    "pinyin, mixed": _mixed,
    "foreign letters": _foreign,
    "look-alikes": _drawn,
    "split": _split,
    "homophones": _sounding,
    "initials": _initials,
}

FLOORS: Final[Mapping[str, float]] = {
    **dict.fromkeys(TRICKS, 1.0),
    "marks": 0.85,
    "letters strewn": 0.9,
    **dict.fromkeys([name for name in TRICKS if name.startswith("pinyin")], 0.97),
    "foreign letters": 0.9,
    "look-alikes": 0.9,
    "split": 0.9,
    "homophones": 0.75,
    "initials": 0.6,
}
"""The share of each trick that must be found."""


@cache
def plain_words(seed: int) -> tuple[tuple[str, str], ...]:
    """Words of the lexicon that are a finding by themselves, each with its label.

    Their order is a draw of each word's own: a word that is added or left out moves no other one, or
    every change of a list would be measured on a sample of its own.
    """
    lexicon = load_lexicon()
    words = [
        (rule.label, word)
        for rule in lexicon.rules
        if len(rule.groups) == 1
        for word in lexicon.groups[rule.groups[0]]
        if len(word) > 1
    ]
    return tuple(sorted(words, key=lambda word: random.Random(f"{seed}/{word}").random()))


def _is_allowed(label: str, disguise: str) -> bool:
    """Whether a word became another one, which is allowed: 你妈 with a letter more is 你妈妈."""
    allowed = load_lexicon().allowed
    words = (*allowed.get("*", ()), *allowed.get(label, ()))
    return any(word in disguise for word in words)


def hidden(trick: str, seed: int) -> Iterator[tuple[str, str, str, str]]:
    """Cases of a trick: label, the plain text, the text with the word hidden, the hidden word."""
    count = 0
    for label, word in plain_words(seed):
        rng = random.Random(f"{seed}/{trick}/{word}")
        disguise = TRICKS[trick](word, rng)
        if disguise == word or _is_allowed(label, disguise):
            continue
        before, behind = rng.choice(CARRIERS).split("{}")
        yield label, before + word + behind, before + disguise + behind, disguise
        count += 1
        if count == SAMPLE:
            return


def is_found(reader: WordReader, label: str, text: str, part: str) -> bool:
    """Whether a match of the label lies on the part of the text."""
    start = text.index(part)
    end = start + len(part)
    return any(
        match.label == label and match.start < end and start < match.end
        for match in reader.read(text)
    )


def score(reader: WordReader, trick: str, seed: int) -> tuple[int, int, list[str]]:
    """Cases of a trick that are found plain, those found hidden, and the misses."""
    plain = found = 0
    misses: list[str] = []
    for label, text, disguised, part in hidden(trick, seed):
        if not any(match.label == label for match in reader.read(text)):
            continue
        plain += 1
        if is_found(reader, label, disguised, part):
            found += 1
        else:
            misses.append(disguised)
    return plain, found, misses


def messages() -> Iterator[tuple[str, str, set[str]]]:
    """The sample messages with a violation: text, role and labels."""
    for line in MESSAGES.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if labels := set(row["labels"]) - {"clean", "flood", "at_spam", "quiet_hours"}:
            yield row["text"], row["role"], labels


def score_messages(reader: WordReader, trick: str, seed: int) -> tuple[int, int]:
    """Of the sample messages found plain: how many, and how many with their finding hidden."""
    rng = random.Random(f"{seed}/{trick}/messages")
    plain = found = 0
    for text, role, _ in messages():
        matches = [m for m in reader.read(text, (), role) if 1 < len(fold(m.text)) <= 6]
        if not matches or not matches[0].text:
            continue
        match = matches[0]
        disguise = TRICKS[trick](fold(match.text), rng)
        if disguise == fold(match.text):
            continue
        plain += 1
        hidden_text = text[: match.start] + disguise + text[match.end :]
        found += match.label in {m.label for m in reader.read(hidden_text, (), role)}
    return plain, found


def alike(seed: int) -> Iterator[str]:
    """Ordinary words that sound like a word of the lexicon, in an ordinary sentence."""
    ordinary: dict[str, list[str]] = {}
    for entry in TWO.split():
        for second in entry[1:]:
            word = entry[0] + second
            ordinary.setdefault(" ".join(_syllables(word)), []).append(word)
    known = {word for _, word in plain_words(seed)}
    rng = random.Random(seed)
    for _, word in plain_words(seed):
        for other in ordinary.get(" ".join(_syllables(word)), ())[:3]:
            if other not in known:
                yield rng.choice(("今天说到{}的事", "孩子问{}是什么", "我们也有{}吧")).format(other)


def false_hits(reader: WordReader, texts: Sequence[str]) -> list[str]:
    """The texts in which something is found; for the negatives, wrongly."""
    return [text for text in texts if reader.read(text)]


def main(seed: int = 1) -> int:
    """Print the table; 1 where a trick is seen through less often than it must be."""
    reader = WordReader.default()
    failed = False
    print(f"{'trick':22} {'words':>6} {'found':>7} {'must':>6} {'messages':>9} {'found':>7}")
    for trick in TRICKS:
        plain, found, misses = score(reader, trick, seed)
        several, seen = score_messages(reader, trick, seed)
        low = found < FLOORS[trick] * plain
        failed |= low
        share = f"{found / plain:7.1%}" if plain else "      -"
        seen_share = f"{seen / several:7.1%}" if several else "      -"
        print(f"{trick:22} {plain:6} {share} {FLOORS[trick]:6.0%} {several:9} {seen_share}")
        if low or "--show" in sys.argv:
            print("   missed:", " | ".join(misses[:12]))
    chat = [json.loads(line)["text"] for line in CHAT.read_text(encoding="utf-8").splitlines()]
    negatives = {"ordinary words that sound alike": list(alike(seed)), "everyday chat": chat}
    for name, texts in negatives.items():
        wrong = false_hits(reader, texts)
        print(f"false: {name}: {len(wrong)} of {len(texts)}, {len(wrong) / len(texts):.2%}")
        if "--show" in sys.argv:
            print("   ", " | ".join(wrong[:20]))
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
