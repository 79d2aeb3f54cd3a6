"""Reading and writing .xlsx: nothing but InputError comes out of what people upload."""

import datetime as dt
import doctest
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from qiangqu.base.errors import InputError
from qiangqu.ui import maps, spreadsheets
from qiangqu.ui.spreadsheets import read_xlsx, write_xlsx
from qiangqu.ui.templatetags import quantities

FAST = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
CELLS = st.one_of(
    st.none(), st.text(max_size=40), st.integers(-(10**12), 10**12), st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False, width=32), st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)),
)  # fmt: skip


@pytest.mark.parametrize("module", [spreadsheets, maps, quantities])
def test_examples(module):
    assert doctest.testmod(module).failed == 0


def _whole() -> bytes:
    out = io.BytesIO()
    write_xlsx(out, "表", ["甲", "乙"], [[f"v{n}", n] for n in range(50)])
    return out.getvalue()


WHOLE = _whole()


@given(st.binary(max_size=3000))
@FAST
def test_no_bytes_raise_anything_but_a_sentence(content):
    with pytest.raises(InputError) as caught:
        read_xlsx(io.BytesIO(content))
    assert caught.value.message


@given(st.data())
@FAST
def test_damaged_workbooks_are_read_or_refused(data):
    content = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(content)))
    try:
        sheet = read_xlsx(io.BytesIO(bytes(content[:cut])))
    except InputError as error:
        assert error.message
    else:
        assert sheet.header


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8))
@FAST
def test_what_is_written_is_read_again(rows):
    out = io.BytesIO()
    assert write_xlsx(out, "a/b:c*?[x]", ["甲", "乙", "丙"], rows) == len(rows)
    try:
        back = {row.number: row.cells for row in read_xlsx(out).rows}
    except InputError:
        back = {}
    for number, row in enumerate(rows, start=2):
        for at, value in enumerate(row):
            seen = back.get(number, [None] * 3)[at]
            if isinstance(value, str):
                assert seen is None or isinstance(seen, str), "a text never comes back as something that was computed"
            elif isinstance(value, float):
                assert seen == pytest.approx(value)
            else:
                assert seen == value


def test_the_sheet_that_holds_something_is_read_and_row_numbers_are_excels():
    book = Workbook()
    book.active.title = "空"
    sheet = book.create_sheet("数据")
    for row in (
        [],
        ["  代码 ", None, "名称"],
        [],
        ["1", "忽略", " x "],
        [None, None, None],
        [2.0, None, dt.datetime(2024, 1, 2)],
    ):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    found = read_xlsx(out)
    assert found.title == "数据" and found.header == ["代码", "", "名称"]
    assert [(row.number, row.cells) for row in found.rows] == [
        (4, ["1", "忽略", "x"]),
        (6, [2, None, dt.date(2024, 1, 2)]),
    ]


def test_a_million_rows_are_refused_early():
    out = io.BytesIO()
    write_xlsx(out, "x", ["a"], ([n] for n in range(3000)))
    with pytest.raises(InputError, match="超过 1000 行"):
        read_xlsx(out, max_rows=1000)


def test_too_large_files_and_too_many_columns_are_refused(monkeypatch):
    monkeypatch.setattr(spreadsheets, "MAX_BYTES", 1000)
    with pytest.raises(InputError, match="超过"):
        read_xlsx(io.BytesIO(b"x" * 1001))
    monkeypatch.undo()
    out = io.BytesIO()
    write_xlsx(out, "x", [f"c{n}" for n in range(300)], [])
    with pytest.raises(InputError, match="超过 200 列"):
        read_xlsx(out)
