"""The rules of hazards and permits as data (``data/rules.yaml``), each with its document and whether it was looked up."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def rules() -> Mapping[str, Any]:
    held: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "data" / "rules.yaml").read_text("utf-8"))
    return held
