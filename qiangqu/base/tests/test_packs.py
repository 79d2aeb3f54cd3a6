"""A pack is foreign input: read within its folder and within bounds, every fault with its place."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiangqu.base.errors import InputError
from qiangqu.base.packs import Pack, read_yaml


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "outside.csv").write_text("a\n1\n", encoding="utf-8")
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "pack.yaml").write_text("code: p\nname: 小包\n", encoding="utf-8")
    return tmp_path / "p"


def test_rows_have_their_line_and_no_outer_blanks(folder: Path) -> None:
    (folder / "a.csv").write_text('\ufeffcode,name\n 1 ,"甲\n乙"\n2,丙\n', encoding="utf-8")
    rows = list(Pack(folder).rows("a.csv", ("code",)))
    assert [(row.line, row["code"], row["name"]) for row in rows] == [(3, "1", "甲\n乙"), (4, "2", "丙")]


@pytest.mark.parametrize("text", ["code,name\n1\n", "code,name\n1,2,3\n"])
def test_a_row_of_another_length_is_named(folder: Path, text: str) -> None:
    (folder / "a.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.csv 第2行"):
        list(Pack(folder).rows("a.csv"))


def test_a_missing_column_and_a_missing_file_are_named(folder: Path) -> None:
    (folder / "a.csv").write_text("code\n1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.csv：缺少列 name"):
        list(Pack(folder).rows("a.csv", ("code", "name")))
    with pytest.raises(InputError, match=r"b\.csv"):
        list(Pack(folder).rows("b.csv"))
    with pytest.raises(InputError, match=r"pack\.yaml"):
        Pack(folder.parent)


@pytest.mark.parametrize("name", ["../outside.csv", "/etc/passwd", "x/../../outside.csv"])
def test_no_file_outside_is_read(folder: Path, name: str) -> None:
    with pytest.raises(InputError, match="数据包之外"):
        Pack(folder).path(name)


def test_a_link_out_of_the_folder_is_not_followed(folder: Path) -> None:
    (folder / "link.csv").symlink_to(folder.parent / "outside.csv")
    with pytest.raises(InputError, match="数据包之外"):
        Pack(folder).path("link.csv")


@pytest.mark.parametrize(
    "text",
    ["a: &x [1]\nb: *x", "!!python/object/apply:os.system [id]", "a: [", "[" * 5000, "a: 2024-13-45", "\x00", "{a: b"],
)
def test_yaml_that_is_none_or_not_plain_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(InputError) as told:
        read_yaml(text, "kinds/a.yaml")
    assert told.value.where == "kinds/a.yaml"


@given(st.text(max_size=120))
def test_any_text_is_data_or_refused(text: str) -> None:
    try:
        read_yaml(text, "x")
    except InputError as error:
        assert error.where == "x"
