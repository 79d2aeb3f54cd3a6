"""Reading hostile and odd files."""

import io
import zipfile

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qiangqu.base.errors import InputError
from qiangqu.facts import reading
from qiangqu.facts.reading import Merged, Uncached, read_rows


def _csv(tmp_path, content, name="表.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def _xlsx(tmp_path, *rows, name="表.xlsx", change=None):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book.active)
    path = tmp_path / name
    book.save(path)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings(tmp_path, encoding):
    path = _csv(tmp_path, "要素,数值\n工业总产值㐀,1\n".encode(encoding))
    assert list(read_rows(path)) == [(1, ["要素", "数值"]), (2, ["工业总产值㐀", "1"])]


@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_delimiters_empty_lines_and_line_numbers(tmp_path, mark):
    path = _csv(tmp_path, f'a{mark}b\r\n\r\n"x\ny"{mark}2\r\n{mark}\r\nz{mark}3\r\n')
    assert list(read_rows(path)) == [(1, ["a", "b"]), (4, ["x\ny", "2"]), (6, ["z", "3"])]


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "a.csv", "空的"),
        (b"", "a.xlsx", "空的"),
        (b"a,b\n\"x,1\n", "a.csv", "引号"),
        (b"a,b\n" + b"x" * 200_000 + b",1\n", "a.csv", "单元格过长"),
        (b"\x00\x01\x02,\n", "a.csv", "空字符"),
        (b"\x81\x00\xff\xff", "a.csv", "UTF-8"),
        (b"PK\x03\x04rest", "a.csv", "扩展名"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.xlsx", "密码"),
        (b"not a zip", "a.xlsx", "损坏"),
        (b"PK\x03\x04" + b"\0" * 100, "a.xlsx", "损坏"),
        (b"%PDF-1.7", "a.pdf", "只接受"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_gets_a_sentence(tmp_path, content, name, sentence):
    with pytest.raises(InputError, match=sentence):
        list(read_rows(_csv(tmp_path, content, name)))


def test_size_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_BYTES", 10)
    with pytest.raises(InputError, match="超过"):
        list(read_rows(_csv(tmp_path, b"x" * 11)))


def test_zip_bomb_is_refused(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("xl/worksheets/sheet1.xml", b"0" * (40 << 20))
    with pytest.raises(InputError, match="解开后过大"):
        list(read_rows(path))


def test_entities_are_refused(tmp_path):
    good = _xlsx(tmp_path, ["a"], [1])
    path = tmp_path / "evil.xlsx"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(path, "w") as target:
        for part in source.infolist():
            text = source.read(part)
            if part.filename.endswith("sheet1.xml"):
                text = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>' + text
            target.writestr(part.filename, text)
    with pytest.raises(InputError, match="DOCTYPE"):
        list(read_rows(path))


def test_merged_cells_show_their_value_in_every_row(tmp_path):
    path = _xlsx(
        tmp_path, ["区域", "x"], ["甲", 1], [None, 2], [None, 3], ["乙", 4], change=lambda s: s.merge_cells("A2:A4")
    )
    assert [cells for _n, cells in read_rows(path)][1:] == [["甲", 1], [Merged("甲"), 2], [Merged("甲"), 3], ["乙", 4]]


def test_percent_cells_and_dates_read_as_shown(tmp_path):
    def change(sheet):
        sheet["A2"].number_format = "0.0%"

    (_head, (_n, cells)) = list(read_rows(_xlsx(tmp_path, ["a", "b"], [0.035, 0.5], change=change)))
    assert cells == ["3.5%", 0.5]


def test_formulas_without_result_are_told_from_empty_cells(tmp_path):
    path = _xlsx(tmp_path, ["a", "b", "c"], ["=1+1", None, "x"], ["y", "=A2*2", 3])
    rows = [cells for _n, cells in read_rows(path)]
    assert rows[1] == [Uncached("A2"), None, "x"]
    assert rows[2] == ["y", Uncached("B3"), 3]


def test_saved_results_of_formulas_are_used(tmp_path):
    plain = _xlsx(tmp_path, ["a"], [7])
    path = tmp_path / "cached.xlsx"
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w") as target:
        for part in source.infolist():
            text = source.read(part)
            if part.filename.endswith("sheet1.xml"):
                assert b"<v>7</v>" in text
                text = text.replace(b"<v>7</v>", b"<f>3+4</f><v>7</v>")
            target.writestr(part.filename, text)
    assert [cells for _n, cells in read_rows(path)] == [["a"], [7]]


def test_the_first_sheet_that_holds_something_counts(tmp_path):
    book = openpyxl.Workbook()
    book.create_sheet("数据").append(["a", 1])
    path = tmp_path / "two.xlsx"
    book.save(path)
    assert list(read_rows(path)) == [(1, ["a", 1])]
    openpyxl.Workbook().save(path)
    with pytest.raises(InputError, match="没有数据"):
        list(read_rows(path))


_QUIET = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@_QUIET
@given(content=st.binary(max_size=2000))
def test_any_bytes_as_csv_give_rows_or_a_sentence(tmp_path, content):
    try:
        for number, cells in read_rows(_csv(tmp_path, content)):
            assert number >= 1
            assert all(isinstance(cell, str) for cell in cells)
    except InputError as error:
        assert error.message


_buffer = io.BytesIO()
_book = openpyxl.Workbook()
for _row in (["要素", "区域", "时期", "数值"], ["x", "甲", "2024", 1.5], ["y", None, "2024", "=1"]):
    _book.active.append(_row)
_book.active.merge_cells("B2:B3")
_book.save(_buffer)
GOOD = _buffer.getvalue()


@_QUIET
@given(data=st.data())
def test_any_damage_to_an_xlsx_gives_rows_or_a_sentence(tmp_path, data):
    """Bytes of the container are changed, or bytes of one of its parts."""
    broken = bytearray(GOOD)
    if data.draw(st.booleans()):
        for _ in range(data.draw(st.integers(1, 6))):
            broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
        del broken[data.draw(st.integers(len(broken) // 2, len(broken))) :]
    else:
        made = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(GOOD)) as source, zipfile.ZipFile(made, "w") as target:
            names = source.namelist()
            victim = data.draw(st.sampled_from(names))
            for name in names:
                text = bytearray(source.read(name))
                if name == victim:
                    at = data.draw(st.integers(0, len(text)))
                    text[at : at + data.draw(st.integers(0, 40))] = data.draw(
                        st.one_of(
                            st.binary(max_size=20),
                            st.sampled_from([b"<", b"&x;", b"</row>", b' t="e"', b' r="A0"', b"<v/>"]),
                        )
                    )
                target.writestr(name, bytes(text))
        broken = bytearray(made.getvalue())
    try:
        for number, cells in read_rows(_csv(tmp_path, bytes(broken), "x.xlsx")):
            assert number >= 1
            assert len(cells) <= reading.MAX_COLUMNS + 1
    except InputError as error:
        assert error.message
