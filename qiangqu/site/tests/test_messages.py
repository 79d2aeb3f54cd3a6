"""Every word that people see has its English, with the same placeholders."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools"))

import update_messages  # noqa: E402

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}")


def test_every_word_has_its_english() -> None:
    assert update_messages.missing(update_messages.read()) == []


def test_placeholders_are_kept() -> None:
    wrong = [
        message.id
        for message in update_messages.read()
        if isinstance(message.id, str)
        and message.id
        and set(PLACEHOLDER.findall(message.id)) - {"%%"} != set(PLACEHOLDER.findall(str(message.string))) - {"%%"}
    ]
    assert wrong == []
