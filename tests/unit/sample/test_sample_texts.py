"""Texts are distinct, varied, and their keys are what caption_key_v2 must give. Without an engine."""

from __future__ import annotations

import re

import numpy as np
import pytest

from eros.sample import SampleWorld
from eros.sample.caption_key import caption_key, normalise
from eros.sample.languages import CATEGORIES, LANGUAGES, Language
from eros.sample.texts import _sentences, compose, disguise


@pytest.fixture(scope="module")
def texts(world: SampleWorld) -> list[str]:
    found: list[str] = world.tables["caption_bank"]["caption_text"].to_pylist()
    return found


class TestCaptionKey:
    @pytest.mark.parametrize(
        ("text", "key"),
        [
            ("test message", "3f0a377ba0a4a460ecb616f6507ce0d8cfa3e704025d4fda3ed0c5ca05468728"),
            ("Test message 123", "14277a56629a382a"),
            ("test  MESSAGE 123!", "14277a56629a382a"),
        ],
    )
    def test_fixed_points(self, text: str, key: str) -> None:
        assert caption_key(text).startswith(key)
        assert len(caption_key(text)) == 64

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("test message", "🔥 test message ❤️"),
            ("café", "cafe\u0301"),
            ("Test", "Ｔｅｓｔ"),
            ("Test", "𝐓𝐞𝐬𝐭"),
            ("a b", "a\u00a0\u3000b "),
            ("½", "12"),
            ("straße", "STRASSE"),
            ("snake_case", "SNAKE_CASE"),
            ("a\u200db", "ab"),
        ],
    )
    def test_equal_keys(self, one: str, other: str) -> None:
        assert caption_key(one) == caption_key(other)

    @pytest.mark.parametrize(("one", "other"), [("café", "caf"), ("❤️", "☀️"), ("_", "__"), ("", " "), ("a b", "ab")])
    def test_different_keys(self, one: str, other: str) -> None:
        assert caption_key(one) != caption_key(other)

    def test_control_characters_are_no_white_space(self) -> None:
        assert normalise("a\x1cb\x85c\x0bd") == "ab c d"


class TestVariety:
    @pytest.mark.parametrize(
        ("what", "pattern"),
        [
            ("U+FE0F", "\ufe0f"),
            ("joined emoji", "\u200d"),
            ("flags", "[\U0001f1e6-\U0001f1ff]{2}"),
            ("tag flags", "\U000e007f"),
            ("Japanese", "[\u3040-\u30ff]"),
            ("Arabic", "[\u0600-\u06ff]"),
            ("Russian", "[\u0400-\u04ff]"),
            ("Spanish", "[¿¡ñ]"),
            ("full-width letters", "[\uff21-\uff5a]"),
            ("mathematical letters", "[\U0001d400-\U0001d433]"),
            ("no-break spaces", "\u00a0"),
            ("combining marks", "[\u0300-\u0303\u3099]"),
            ("quotes", "['\"]"),
            ("backticks", "`"),
            ("dollar brace", r"\$\{x\}"),
            ("braces", r"\{name\}"),
            ("backslashes", r"\\"),
            ("line breaks", "\n"),
            ("Urgency", "(?i)now|today|limited|expir"),
            ("Exclusivity", "(?i)exclusive|vip|special|members only"),
            ("Scarcity", r"(?i)only \d+ left|last chance"),
            ("Social Proof", "(?i)everyone|fans love|popular"),
            ("Curiosity", r"\?"),
        ],
    )
    def test_occurs_several_times(self, texts: list[str], what: str, pattern: str) -> None:
        assert sum(bool(re.search(pattern, text)) for text in texts) >= 10, what

    def test_emoji_only_texts_keep_their_own_keys(self, texts: list[str]) -> None:
        wordless = {text for text in texts if not re.search(r"\w", text)}
        assert len(wordless) > 300
        assert len({caption_key(text) for text in wordless}) == len(wordless)

    def test_some_texts_are_held_many_times(self, texts: list[str]) -> None:
        assert len(texts) - len(set(texts)) == 44_651 - 37_271


class TestComposition:
    def test_variants_share_the_key_of_their_canonical_text_and_nothing_else_does(self) -> None:
        made = compose(3_000, 400, np.random.default_rng(5))
        assert len(set(made.text)) == 3_000
        keys = [caption_key(text) for text in made.text]
        assert [keys[c] for c in made.canonical] == keys
        assert len(set(keys)) == 2_600

    @pytest.mark.parametrize("number", range(18))
    @pytest.mark.parametrize("text", ["Hola, ¿qué tal? `x` ${y} don't_stop 12", "مرحبا", "がんばって", "𝐛𝐨𝐥𝐝"])
    def test_a_disguise_is_another_text_with_the_same_key(self, text: str, number: int) -> None:
        assert disguise(text, number) != text
        assert caption_key(disguise(text, number)) == caption_key(text)

    def test_more_texts_than_combinations(self) -> None:
        subjects = tuple(f"subject {chr(97 + i)}" for i in range(len(CATEGORIES)))
        tiny = Language("tiny", 1.0, ("Hello",), subjects, ("twice",), ("Bye.",), ("Now!",))
        sentences = _sentences(tiny, 100, np.random.default_rng(1))
        assert len({caption_key(text) for text, _, _ in sentences}) == 100

    def test_languages_have_subjects_for_each_category(self) -> None:
        assert sum(language.share for language in LANGUAGES) == pytest.approx(1)
        for language in LANGUAGES:
            assert len(language.subjects) % len(CATEGORIES) == 0, language.name
            phrases = (*language.openers, *language.subjects, *language.details, *language.closers, *language.urgent)
            assert len({caption_key(p) for p in phrases}) == len(phrases), f"{language.name} repeats a phrase"
