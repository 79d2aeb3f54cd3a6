"""History from CSV: all or nothing, wrong rows named, a repeat recognised."""

import datetime as dt
import errno
import random
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from qiangqu.base.errors import InputError
from qiangqu.lake import telemetry as lake
from qiangqu.lake import telemetry_read
from qiangqu.lake.models import LatestValue
from qiangqu.registry.models import Area, AuditEntry
from qiangqu.telemetry import backfill
from qiangqu.telemetry.backfill import Filled, fill, moment
from qiangqu.telemetry.commands import devices_group
from qiangqu.telemetry.models import Device, Point
from qiangqu.ui.tests.books import book

DAY1 = dt.date(2026, 11, 1)
START = 1_793_491_200_000  # 2026-11-01 08:00 in China
NOW = START + 10 * lake.DAY
HEAD = "mn,factor,time,value,interval,statistic,flag\n"


@pytest.fixture
def file(transactional_db: None, tmp_path: Path) -> Path:
    area = Area.objects.create(code="Z1", name="一区", short_name="一区", level="zone", valid_from=DAY1)
    for mn in ("A", "B"):
        Device.objects.create(mn=mn, name=mn, area=area, valid_from=DAY1)
    return tmp_path / "history.csv"


def rows() -> list[tuple[str, str, str, str, int, float, int]]:
    names = {
        p.pk: (p.device.mn, p.factor_code, p.interval, p.statistic) for p in Point.objects.select_related("device")
    }
    table = telemetry_read.rows(0, 2**53)
    columns = [table[c].to_pylist() for c in ("point", "time", "value", "flag")]
    return sorted((*names[point], at, value, flag) for point, at, value, flag in zip(*columns, strict=True))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_stored_once(file: Path, encoding: str) -> None:
    file.write_text(
        "设备编码,因子,时间,数值,时段,统计量,标记\n"
        "A,a21026,2026-11-01 08:00:00,12.5,,,\n"
        "A,a21026,2026-11-01T00:00:05Z,13,实时,Rtd,M\n"
        "\n"
        "A,a34004,2026/11/01 08:00,33,小时,,N\n"
        "B,w01018,20261101080000,-1e3,day,Max,\n",
        encoding=encoding,
    )
    assert fill(file, now=NOW) == Filled(4, 2, 3, False)
    expected = [
        ("A", "a21026", "realtime", "Rtd", START, 12.5, 0),
        ("A", "a21026", "realtime", "Rtd", START + 5000, 13.0, ord("M") | 0x80),
        ("A", "a34004", "hour", "Avg", START, 33.0, ord("N")),
        ("B", "w01018", "day", "Max", START, -1000.0, 0),
    ]
    assert rows() == expected
    assert fill(file, now=NOW) == Filled(0, 2, 3, True)
    assert rows() == expected
    assert AuditEntry.objects.filter(action="telemetry_backfilled").count() == 1


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("X,a1,20261101080000,1", "没有登记设备“X”"),
        ("A,a 1,20261101080000,1", "因子代码“a 1”"),
        ("A,a1,gestern,1", "时间“gestern”"),
        ("A,a1,20261301080000,1", "时间“20261301080000”"),
        ("A,a1,1999-01-01,1", "比保留期更早"),
        ("A,a1,2027-11-01,1", "比现在晚一天以上"),
        ("A,a1,0001-01-01,1", "时间“0001-01-01”"),
        ("A,a1,20261101080000,NaN", "数值“NaN”"),
        ("A,a1,20261101080000,1e308", "数值“1e308”"),
        ("A,a1,20261101080000,1_0", "数值“1_0”"),
        ("A,a1,20261101080000,", "数值“”"),
        ("A,a1,20261101080000,1,week", "时段“week”"),
        ("A,a1,20261101080000,1,hour,Mean", "统计量“Mean”"),
        ("A,a1,20261101080000,1,hour,Avg,Q", "标记“Q”"),
        ("A,a1,20261101080000,1,hour,Avg,N,x", "有 8 格"),
        ("B,a1,20261101080000,2", "与第2行的设备"),
        (f"A,{'a' * 300},20261101080000,1", "超过 200 字"),
    ],
)
def test_one_wrong_row_keeps_the_file_out_and_is_named(file: Path, row: str, says: str) -> None:
    file.write_text(f"{HEAD}B,a1,20261101080000,1\n{row}\nB,a1,20261101080001,1\n")
    with pytest.raises(InputError, match="第3行") as error:
        fill(file, now=NOW)
    assert says in error.value.message
    assert error.value.where == "history.csv"
    assert rows() == []
    assert not Point.objects.exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "空的"),
        ("\n", "没有数据"),
        ("mn,time,value\n", "缺少列 factor"),
        ("mn,factor,time\n", "缺少列 value"),
        ("mn,mn,factor,time,value\n", "写了两次"),
        ("mn,factor,time,value,colour\n", "不认识的列“colour”"),
        (HEAD, "没有数据行"),
        (HEAD + 'A,a1,"20261101080000' + "0" * 200_000, "不是合法的 CSV"),
    ],
)
def test_a_file_that_is_none_is_refused(file: Path, text: str, says: str) -> None:
    file.write_text(text)
    with pytest.raises(InputError, match=says):
        fill(file, now=NOW)


def test_many_wrong_rows_are_counted_and_bounds_hold(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(HEAD + "".join(f"A,a1,2026110108{n // 60:02d}{n % 60:02d},x\n" for n in range(50)))
    with pytest.raises(InputError, match="等共 50 行") as error:
        fill(file, now=NOW)
    assert error.value.message.count("数值“x”") == backfill.MAX_NAMED
    monkeypatch.setattr(backfill, "MAX_ROWS", 3)
    with pytest.raises(InputError, match="数据超过 3 行"):
        fill(file, now=NOW)
    monkeypatch.setattr(backfill, "MAX_BYTES", 100)
    with pytest.raises(InputError, match="文件超过"):
        fill(file, now=NOW)


def test_a_full_disk_stores_nothing_and_the_file_can_be_given_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(f"{HEAD}A,a1,20261101080000,1\n")

    def full(*_args: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patch:
        patch.setattr(lake, "write_file", full)
        with pytest.raises(lake.StorageFullError):
            fill(file, now=NOW)
    assert rows() == []
    assert fill(file, now=NOW).rows == 1


def test_two_codes_of_one_factor_are_not_mixed(file: Path) -> None:
    from qiangqu.telemetry.models import Factor

    Factor.objects.create(code="a21026", code_2005="02", name="二氧化硫", unit="mg/m³")
    file.write_text(f"{HEAD}A,a21026,20261101080000,1\nA,02,20261101080000,2\n")
    with pytest.raises(InputError, match="新旧两种代码"):
        fill(file, now=NOW)
    assert not Point.objects.exists()
    file.write_text(f"{HEAD}A,02,20261101080000,2\n")
    assert fill(file, now=NOW).rows == 1
    assert rows() == [("A", "a21026", "realtime", "Rtd", START, 2.0, 0)]


def test_history_does_not_replace_a_newer_latest_value(file: Path) -> None:
    file.write_text(f"{HEAD}A,a1,20261102080000,2\n")
    fill(file, now=NOW)
    file.write_text(f"{HEAD}A,a1,20261101080000,1\n")
    fill(file, now=NOW)
    assert [row[5] for row in rows()] == [1.0, 2.0]
    assert [latest.value for latest in LatestValue.objects.all()] == [2.0]


def test_the_command_says_what_it_did(file: Path) -> None:
    at = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(hours=1)
    file.write_text(f"{HEAD}A,a1,{at.isoformat()},1\n")
    said = [CliRunner().invoke(devices_group, ["import", str(file)]).output for _ in range(2)]
    assert said == ["已写入 1 条数据（1 个设备，1 个测点）\n", "这个文件以前已经写入，没有重复写入\n"]


def test_damaged_files_are_refused_in_a_sentence_or_taken_whole(file: Path) -> None:
    chance = random.Random(7)
    good = (HEAD + "".join(f"A,a1,202611010800{n:02d},{n}.5,,,N\n" for n in range(40))).encode()
    refused = 0
    for _ in range(300):
        raw = bytearray(good)
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(raw))
            raw[at : at + chance.randint(0, 3)] = bytes(chance.choices(range(256), k=chance.randint(0, 3)))
        file.write_bytes(raw)
        try:
            directory = backfill.Directory()
            directory.reload()
            taken = backfill._read(file, directory, NOW)
        except InputError as error:
            refused += 1
            assert error.message
            continue
        assert len(taken.values) == len(taken.times) == len(taken.lines) > 0
    assert 0 < refused < 300


@given(st.text(max_size=40))
def test_any_text_as_a_time(text: str) -> None:
    try:
        found = moment(text)
    except InputError as error:
        assert text[:40] in error.message
        return
    assert isinstance(found, int)


@given(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2090, 1, 1)))
def test_times_read_back(at: dt.datetime) -> None:
    at = at.replace(microsecond=0)
    expected = round(at.replace(tzinfo=backfill.CHINA).timestamp() * 1000)
    assert moment(at.isoformat(" ")) == moment(at.strftime("%Y%m%d%H%M%S")) == expected
    assert moment(at.replace(tzinfo=dt.UTC).isoformat()) == expected + 8 * 3_600_000


EXCEL = '设备编码,因子,时间,数值,时段,统计量,标记,,\r\nA,a21026,2026/11/5 8:00,12.5,小时,Avg,N,,\r\nA,a21026,2026/11/1 18:00,"1,013.5",小时,Avg,N,,\r\n,,,,,,,,\r\n'


@pytest.mark.parametrize("encoding", ["gbk", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_what_excel_or_wps_saved_is_taken_back(file: Path, encoding: str, mark: str) -> None:
    """Fault 25: days 1–9 and hours 0–9 without a zero, GBK or a mark, tabs, thousands, empty columns and rows
    at the end.
    """
    text = EXCEL if mark == "," else EXCEL.replace('"1,013.5"', "1013.5").replace(",", mark)
    file.write_bytes(text.encode(encoding))
    assert fill(file, now=NOW).rows == 2
    assert [(row[4], row[5]) for row in rows()] == [(START + 10 * 3_600_000, 1013.5), (START + 4 * lake.DAY, 12.5)]


def test_a_workbook_of_the_same_history(file: Path) -> None:
    content = book(
        ["设备编码", "因子", "时间", "数值"],
        ["A", "a21026", dt.datetime(2026, 11, 5, 8), 12.5],
        ["A", "a21026", "2026-11-01 18:00:00\u200b", "13\u2060"],
        ["A", "a34004", 20261105080000, 0.5],
        change=lambda sheet: (setattr(sheet["C4"], "number_format", "0"), setattr(sheet["D4"], "number_format", "0.0")),
    )
    path = file.with_suffix(".xlsx")
    path.write_bytes(content)
    assert fill(path, now=NOW).rows == 3
    assert [row[5] for row in rows()] == [13.0, 12.5, 0.5]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("A,2,2026/11/5 8:00,1", "去掉了前面的 0"),
        ("A,060,2.02611E+13,1", "科学计数"),
        ("A,060,2026/11/5 8:00,#N/A", "#N/A"),
        ("A,060,########,1", "没有显示完"),
        ("A,060,11/5/2026 8:00,1", "时间“11/5/2026"),
        ("A,060,2026/11/5 25:00,1", "时间“2026/11/5 25:00”"),
        ("A,060,2026/11/5 8:00,50%", "50%"),
        ("A,6.00E+01,2026/11/5 8:00,1", "科学计数"),
    ],
)
def test_what_excel_damaged_is_refused(file: Path, row: str, says: str) -> None:
    file.write_text(f"{HEAD}{row}\n")
    with pytest.raises(InputError, match="第2行") as error:
        fill(file, now=NOW)
    assert says in error.value.message


def test_factor_codes_that_lost_their_zeros(file: Path) -> None:
    from qiangqu.telemetry.models import Factor

    Factor.objects.create(code="w21003", code_2005="060", name="氨氮", unit="mg/L")
    file.write_text(f"{HEAD}A,60,20261101080000,1\n")
    with pytest.raises(InputError, match="去掉了前面的 0"):
        fill(file, now=NOW)
    file.write_text(f"{HEAD}A,060,20261101080000,1\n")
    assert fill(file, now=NOW).rows == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), "旧版 Excel"),
        (b"<html><table>", "网页（HTML）"),
        (book(["mn"], ["A"]), "扩展名"),
    ],
)
def test_a_file_of_another_kind_is_refused_for_what_it_is(file: Path, content: bytes, says: str) -> None:
    file.write_bytes(content)
    with pytest.raises(InputError, match=says) as error:
        fill(file, now=NOW)
    assert error.value.where == "history.csv"
