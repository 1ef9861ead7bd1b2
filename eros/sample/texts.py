"""Distinct caption texts, composed from phrases. Which caption rows hold them is bank.py's business."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from eros.sample.languages import CATEGORIES, EMOJI, LANGUAGES, Language

#: Share of texts that are emoji and nothing else.
EMOJI_ONLY = 0.01
#: Share of texts set wholly in full-width or mathematical letters.
STYLED = 0.02


@dataclass(frozen=True)
class Texts:
    """Distinct texts, as parallel arrays.

    Two texts have one caption key exactly if they have the same `canonical`, the index of the text both are
    variants of (its own index for most). `category` is an index into CATEGORIES; `urgent` says whether the words
    press for time; `wordless` marks the texts of emoji alone.
    """

    text: list[str]
    category: NDArray[np.int64]
    urgent: NDArray[np.bool_]
    wordless: NDArray[np.bool_]
    canonical: NDArray[np.int64]


def compose(count: int, variants: int, rng: Generator) -> Texts:
    """`count` distinct texts, of which the last `variants` share the key of an earlier one."""
    originals = count - variants
    wordless = round(originals * EMOJI_ONLY)
    worded = originals - wordless
    shares = np.floor(np.cumsum([0.0] + [language.share for language in LANGUAGES]) * worded + 1e-6).astype(int)
    text: list[str] = []
    category: list[int] = []
    urgent: list[bool] = []
    for language, first, last in zip(LANGUAGES, shares[:-1], shares[1:], strict=True):
        for sentence, kind, presses in _sentences(language, int(last - first), rng):
            text.append(sentence)
            category.append(kind)
            urgent.append(presses)
    text += _emoji_texts(wordless, rng)
    category += rng.integers(0, len(CATEGORIES), wordless).tolist()
    urgent += [False] * wordless

    canonical = list(range(originals))
    for number, source in enumerate(rng.choice(worded, variants, replace=False).tolist()):
        text.append(disguise(text[source], number))
        category.append(category[source])
        urgent.append(urgent[source])
        canonical.append(source)
    is_wordless = np.zeros(count, bool)
    is_wordless[worded:originals] = True
    return Texts(text, np.array(category), np.array(urgent), is_wordless, np.array(canonical))


def _sentences(language: Language, count: int, rng: Generator) -> list[tuple[str, int, bool]]:
    """`count` sentences with distinct words: (text, category, urgent). Decorated, sometimes styled."""
    closers = language.closers + language.urgent
    sizes = (len(language.openers), len(language.subjects), len(language.details), len(closers))
    capacity = int(np.prod(sizes))
    # Past the capacity the same combinations come again, numbered as parts.
    part, draw = np.divmod(rng.permutation(capacity * (count // capacity + 1))[:count], capacity)
    choices = np.stack(np.unravel_index(draw, sizes), axis=1).tolist()
    per_category = len(language.subjects) // len(CATEGORIES)
    emoji = rng.integers(0, len(EMOJI), (count, 2)).tolist()
    ornament = rng.random(count).tolist()
    style = rng.random(count).tolist()
    made = []
    for i, (opener, subject, detail, closer) in enumerate(choices):
        phrases = [language.openers[opener], language.subjects[subject], language.details[detail], closers[closer]]
        if part[i]:
            phrases.append(f"({part[i] + 1})")
        text = language.joint.join(phrases)
        if style[i] < STYLED:
            text = text.translate(MATHEMATICAL if style[i] < STYLED / 2 else FULL_WIDTH)
        first, second = emoji[i]
        if ornament[i] < 0.45:
            text = f"{text} {EMOJI[first]}"
        elif ornament[i] < 0.65:
            text = f"{EMOJI[first]} {text}{EMOJI[second]}"
        elif ornament[i] < 0.67:
            text = text.replace(" ", "\n", 1)
        made.append((text, subject // per_category, closer >= len(language.closers)))
    return made


def _emoji_texts(count: int, rng: Generator) -> list[str]:
    """`count` distinct texts of three or more emoji."""
    draw = rng.permutation(len(EMOJI) ** 3 * (count // len(EMOJI) ** 3 + 1))[:count]
    repeat, code = np.divmod(draw, len(EMOJI) ** 3)
    positions = np.stack(np.unravel_index(code, (len(EMOJI),) * 3), axis=1).tolist()
    return ["".join(EMOJI[p] for p in three) + "🔥" * int(more) for three, more in zip(positions, repeat, strict=True)]


def _alphabet(capital: int, small: int, digit: int) -> dict[int, str]:
    ranges = [("A", 26, capital), ("a", 26, small), ("0", 10, digit)]
    return {ord(first) + i: chr(start + i) for first, length, start in ranges for i in range(length)}


#: translate tables that change how a text looks, never its key.
FULL_WIDTH = _alphabet(0xFF21, 0xFF41, 0xFF10) | {ord("!"): "！", ord("?"): "？"}
MATHEMATICAL = _alphabet(0x1D400, 0x1D41A, 0x1D7CE)


def disguise(text: str, number: int) -> str:
    """Another text with the same key, if `text` has words: `number` picks the kind, and tells variants apart."""
    made = [
        text.upper(),
        f"✨ {text} ✨",
        f"{text}!!!",
        text.translate(FULL_WIDTH),
        text.translate(MATHEMATICAL),
        text.replace(" ", "  "),
        text.replace(" ", "\u00a0"),
        unicodedata.normalize("NFD", text),
        f"\u201c{text}\u201d",
    ][number % 9]
    return made if made != text else f"{EMOJI[number % len(EMOJI)]}… {text}"
