"""Text for Terraform JSON, where `${` and `%{` start a template."""

from __future__ import annotations


def escape(text: str) -> str:
    """The text so that Terraform reads it literally: `${` -> `$${`, `%{` -> `%%{`."""
    return text.replace("${", "$${").replace("%{", "%%{")
