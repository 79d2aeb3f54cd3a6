"""Reading a pack: a folder of YAML and CSV files that describes one region's plan. Data only; each part loads
its own files.

A part that takes something from a pack has a module ``pack.py`` with two functions, listed in
``qiangqu/site/packs.py``:

* ``check(pack) -> list[Finding]``: what is missing or wrong, without touching the database;
* ``load(pack, report) -> None``: write it, in the caller's transaction, repeatable (a second load changes
  nothing).
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import yaml

from .errors import InputError

MAX_FILE_BYTES = 64 * 1024 * 1024
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a pack lacks or has wrong. ``error`` stops loading, ``warning`` is a gap that can
    stay.
    """

    severity: Literal["error", "warning"]
    file: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.file} {self.where}：{self.message}".replace(" ：", "：")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a CSV file: its line number and its cells by column name."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


class _NoAliasLoader(yaml.SafeLoader):
    """Safe loading without aliases: a pack is foreign input, and nested aliases can expand without bound."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(
                None, None, "aliases (*name) are not allowed", self.peek_event().start_mark
            )
        return super().compose_node(parent, index)


def read_yaml(text: str, where: str) -> Any:
    """The data in a YAML text. Raises InputError that names ``where`` for what is no YAML or uses aliases."""
    try:
        return yaml.load(text, Loader=_NoAliasLoader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError(f"不是合法的 YAML：{error}", where=where) from error


class Pack:
    """A pack folder, read lazily."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        if not (self.folder / "pack.yaml").is_file():
            raise InputError("不是数据包：找不到 pack.yaml", where=str(self.folder))

    @cached_property
    def info(self) -> dict[str, Any]:
        """``pack.yaml``: code, name, title, base_year, start_year, target_year, region …"""
        return self.yaml("pack.yaml")

    def has(self, name: str) -> bool:
        return (self.folder / name).is_file()

    def path(self, name: str) -> Path:
        """Path of a file in the pack; refuses to leave the folder and files that are missing or too large."""
        path = (self.folder / name).resolve()
        if self.folder.resolve() not in path.parents:
            raise InputError("文件名指向数据包之外", where=name)
        if not path.is_file():
            raise InputError("数据包里没有这个文件", where=name)
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InputError(f"文件超过 {MAX_FILE_BYTES // 1024 // 1024} MB", where=name)
        return path

    def yaml(self, name: str) -> Any:
        try:
            text = self.path(name).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"不是合法的 YAML：{error}", where=name) from error
        return read_yaml(text, name)

    def rows(self, name: str, required: tuple[str, ...] = ()) -> Iterator[Row]:
        """Rows of a CSV file with a header; every ``required`` column must be there."""
        with self.path(name).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [column for column in required if column not in (reader.fieldnames or [])]
            if missing:
                raise InputError(f"缺少列 {'、'.join(missing)}", where=name)
            for cells in reader:
                if None in cells or None in cells.values():
                    raise InputError("列数与表头不一致", where=f"{name} 第{reader.line_num}行")
                yield Row(reader.line_num, {key: value.strip() for key, value in cells.items()})
