"""Text reaches Terraform literally: `${` and `%{` are escaped once, and reading the plan gives the same text back."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from eros.state.planned import unescape
from stacks.text import escape

TRICKY = st.text(alphabet=st.sampled_from("$%{}\\\"'\n aé😀"), max_size=60)


def terraform_reads(template: str) -> str:
    """Terraform's own rule, written independently: an escape or any other character; a lone `${` starts a template."""
    read, at = "", 0
    while at < len(template):
        if template.startswith(("$${", "%%{"), at):
            read, at = read + template[at + 1 : at + 3], at + 3
        else:
            assert not template.startswith(("${", "%{"), at), f"{template!r} holds a template at {at}"
            read, at = read + template[at], at + 1
    return read


@given(TRICKY)
def test_terraform_reads_the_text_as_it_was(text: str) -> None:
    assert terraform_reads(escape(text)) == text


@given(TRICKY)
def test_reading_the_plan_gives_the_text_back(text: str) -> None:
    assert unescape({"query": [escape(text)]}) == {"query": [text]}


def test_a_text_without_templates_stays_as_it_is() -> None:
    assert escape("price is $5 {now} 10 %") == "price is $5 {now} 10 %"
    assert re.search(r"\$\$\{", escape("${x}"))
