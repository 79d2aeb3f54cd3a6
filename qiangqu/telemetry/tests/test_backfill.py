"""Rows of devices from CSV: all or nothing, each bad row named, a file twice stored once."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qiangqu.base.errors import InputError
from qiangqu.lake import telemetry_read
from qiangqu.registry.models import Area, AuditEntry, User
from qiangqu.telemetry import backfill
from qiangqu.telemetry.backfill import load, read_rows
from qiangqu.telemetry.models import Device, Point

pytestmark = pytest.mark.django_db(transaction=True)
DAY = (dt.datetime.now(backfill.CHINA) - dt.timedelta(days=3)).date()


@pytest.fixture(autouse=True)
def devices() -> None:
    day = dt.date(2020, 1, 1)
    areas = [
        Area.objects.create(code=code, name=code, short_name=code, level="zone", valid_from=day) for code in ("A", "B")
    ]
    for mn, area in (("M1", areas[0]), ("M2", areas[0]), ("N1", areas[1])):
        Device.objects.create(mn=mn, name=mn, area=area, valid_from=day)


def write(path: Path, *rows: str, head: str = "mn,factor,time,value,flag,interval") -> Path:
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8-sig")
    return path


def test_rows_arrive_once_with_their_marks(tmp_path: Path) -> None:
    file = write(
        tmp_path / "补传.csv",
        f"M1,a21026,{DAY} 08:00:00,12.5,,minute",
        f"M1,a21026,{DAY}T08:01:00+08:00,13,M,minute",
        "",
        f"M2,w01018,{DAY} 09:00,28,N,hour",
    )
    assert load(file) == backfill.Loaded(3, 0)
    assert load(file) == backfill.Loaded(0, 3)
    rows = telemetry_read.rows(0, 2**53)
    eight = int(dt.datetime.combine(DAY, dt.time(8), backfill.CHINA).timestamp() * 1000)
    assert sorted(zip(rows["time"].to_pylist(), rows["value"].to_pylist(), strict=True)) == [
        (eight, 12.5),
        (eight + 60_000, 13.0),
        (eight + 3_600_000, 28.0),
    ]
    assert set(Point.objects.values_list("device__mn", "factor_code", "interval")) == {
        ("M1", "a21026", "minute"),
        ("M2", "w01018", "hour"),
    }
    assert AuditEntry.objects.filter(action="telemetry_backfilled").count() == 2


def test_a_load_that_was_broken_off_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "CHUNK", 2)
    file = write(tmp_path / "a.csv", *(f"M1,a21026,{DAY} 08:00:{n:02d},{n},," for n in range(5)))

    def break_off(text: str) -> None:
        if text.startswith("已处理 4"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(file, report=break_off)
    assert load(file) == backfill.Loaded(1, 4)
    assert telemetry_read.rows(0, 2**53).num_rows == 5


def test_each_bad_row_is_named_and_nothing_is_stored(tmp_path: Path) -> None:
    good = f"M1,a21026,{DAY} 08:00:00,12.5,,"
    file = write(
        tmp_path / "a.csv",
        good,
        f"M1,a2 1,{DAY} 08:00:00,1,,",
        "M1,a21026,gestern,1,,",
        f"M1,a21026,{DAY} 08:01:00,nan,,",
        f"M1,a21026,{DAY} 08:02:00,1,X,",
        f"M1,a21026,{DAY} 08:03:00,1,,week",
        "M1,a21026,1999-01-01 00:00:00,1,,",
        "M1,a21026,9999-12-31 00:00:00,1,,",
        good,
        ",a21026",
    )
    with pytest.raises(InputError) as caught:
        load(file)
    said = str(caught.value)
    assert "a.csv" in said and "有 9 行有误" in said
    assert all(f"第{line}行" in said for line in range(3, 12)) and "第2行" not in said
    assert telemetry_read.rows(0, 2**53).num_rows == 0 and not Point.objects.exists()


def test_a_user_writes_for_the_devices_of_his_area_only(tmp_path: Path) -> None:
    user = User.objects.create_user("zone", password="x", role="zone", area=Area.objects.get(code="A"))
    file = write(tmp_path / "a.csv", f"N1,a21026,{DAY} 08:00:00,1,,", f"M1,a21026,{DAY} 08:00:00,1,,")
    with pytest.raises(InputError, match="N1"):
        load(file, user)
    assert telemetry_read.rows(0, 2**53).num_rows == 0
    assert load(file) == backfill.Loaded(2, 0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "缺少列"),
        ("mn,factor\n", "缺少列"),
        ("mn,factor,time,value\n", "没有数据行"),
        ("设备编码,因子,时间,数值\n\n", "没有数据行"),
    ],
)
def test_a_file_without_rows(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(InputError, match=says):
        load(tmp_path / "a.csv")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(max_size=120).map(lambda t: ("mn,factor,time,value\n" + t).encode()))
def test_any_file_gets_rows_or_a_sentence(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(raw)
    try:
        columns = read_rows(tmp_path / "x.csv")
    except InputError as error:
        assert "x.csv" in str(error)
    else:
        assert len(columns.time) == len(columns.value) == len(columns.flag) == len(columns.number) > 0
