"""Importing: what is accepted, what is named, all or nothing."""

import csv
import random

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qiangqu.base.errors import InputError
from qiangqu.facts import importing, parsing
from qiangqu.facts.directory import Directory
from qiangqu.facts.models import Fact, FactBatch, Source
from qiangqu.registry.models import Area, Organisation

EARLY = 3  # takes long: begins before others

HEAD = ["要素", "区域", "时期", "数值", "单位", "来源", "网址", "发布日期", "备注"]


@pytest.fixture
def write(tmp_path):
    def made(*rows, head=HEAD, name="表.csv", encoding="utf-8"):
        path = tmp_path / name
        if path.suffix == ".xlsx":
            book = openpyxl.Workbook()
            for row in [head, *rows]:
                book.active.append(list(row))
            book.save(path)
        else:
            with path.open("w", encoding=encoding, newline="") as file:
                csv.writer(file).writerows([head, *rows])
        return path

    return made


def reasons(shown):
    return {bad.row: bad.reason for bad in shown.bad}


def test_a_file_becomes_facts_in_the_elements_unit(land, write):
    path = write(
        [
            "工业总产值",
            "测试自治区",
            "2024年1—6月",
            "１,234.5",
            "万元",
            "统计年鉴",
            "https://example.cn/2",
            "2024-10",
            "初步",
        ],
        ["gross_output", "R", "2024", "120", "亿元", "", "", "", ""],
        ["工业总产值增速", "东市", "2024Q2", "-3.5％", "", "", "", "", ""],
    )
    shown = importing.preview(path)
    assert (shown.rows, shown.new, shown.bad_count, shown.importable) == (3, 3, 0, True)
    assert (shown.changes[0].element, shown.changes[0].subject, shown.changes[0].period) == (
        "工业总产值", "测试自治区（R）", "2024年1—6月")  # fmt: skip
    assert not Fact.objects.exists()
    batch = importing.commit(path, land.planner, key="k")
    one, two, three = Fact.objects.order_by("row")
    assert (one.value, one.stated, one.source, one.row, one.note) == (0.12345, "1,234.5 万元", land.new, 2, "初步")
    assert (one.period.code, two.value, two.stated, two.source) == ("2024-01/2024-06", 120, "", None)
    assert (three.value, three.subject_id, three.period.code) == (-3.5, land.east.pk, "2024Q2")
    assert (batch.rows, batch.user, batch.file_name, len(batch.sha256)) == (3, land.planner, "表.csv", 64)


def test_every_bad_row_is_named_and_nothing_is_stored(land, write):
    good = ["工业总产值", "甲园区", "2024", "1", "亿元", "", "", "", ""]

    def row(**changed):
        return [changed.get(name, cell) for name, cell in zip(HEAD, good, strict=True)]

    cases = [
        (row(要素="没有的"), "没有要素“没有的”"),
        (row(要素=""), "缺要素"),
        (row(区域="月球"), "没有区域“月球”，或它不在您的管辖范围内"),
        (row(区域=""), "缺对象"),
        (row(时期="去年"), "不是时期"),
        (row(时期=""), "缺时期"),
        (row(时期="2024-13"), "不存在"),
        (row(数值="很多"), "“很多”不是数字"),
        (row(数值="nan"), "不是数字"),
        (row(数值="inf"), "不是数字"),
        (row(数值="1e999"), "有限"),
        (row(数值="1,23"), "不是数字"),
        (row(数值="#DIV/0!"), "不是数字"),
        (row(数值="=1+1"), "不是数字"),
        (row(单位="万吨"), "“万吨”与“亿元”不是同一类量"),
        (row(单位="箩筐"), "不认识的单位“箩筐”"),
        (row(单位=""), "缺单位；要素“工业总产值”以 亿元 计"),
        (row(数值="1万元", 单位="亿元"), "不一致"),
        (row(要素="工业总产值增速", 区域="甲园区", 单位="亿元"), "不是同一类量"),
        (row(网址="javascript:alert(1)"), "https://"),
        (row(发布日期="2024-02-30", 来源="x"), "不存在"),
        (row(发布日期="2024-02-03"), "没有来源标题"),
        (row(来源="长" * 201), "200 字"),
        (row(备注="长" * 301), "300 字"),
    ]
    path = write(good, *(case for case, _ in cases))
    shown = importing.preview(path, land.planner)
    assert shown.bad_count == len(cases)
    for number, (_case, reason) in enumerate(cases, start=3):
        assert reason in reasons(shown)[number]
    assert not shown.importable
    with pytest.raises(InputError, match=r"有 24 行有误，全部未导入：第3行") as caught:
        importing.commit(path, land.planner, key="k")
    assert "共 24 行" in str(caught.value)
    assert not Fact.objects.exists()
    assert not FactBatch.objects.exists()
    assert not Source.objects.filter(title="x").exists()


def test_several_faults_of_one_row_are_all_said(land, write):
    shown = importing.preview(write(["没有", "月球", "x", "y", "", "", "", "", ""]))
    said = reasons(shown)[2]
    assert all(part in said for part in ("没有要素“没有”", "没有区域“月球”", "“x”不是时期", "“y”不是数字"))


def test_an_element_is_only_for_its_subjects(land, write):
    path = write(["工业总产值增速", "ENT-A1", "2024", "1", "%"], head=["指标", "企业", "时间", "数值", "计量单位"])
    assert "不适用于单位" in reasons(importing.preview(path))[2]


def test_ambiguous_names_are_named(land, write):
    Organisation.objects.create(
        code="ENT-X", name="甲一公司", kind="enterprise", area=land.zone_b, valid_from=land.a1.valid_from
    )
    head = ["要素", "企业名称", "时期", "数值", "单位"]
    path = write(["工业总产值", "甲一公司", "2024-05", 1, "万元"], head=head)
    assert "不止一个：甲一公司（ENT-A1）、甲一公司（ENT-X）" in reasons(importing.preview(path))[2]
    path = write(["工业总产值", "甲一公司（ENT-A1）", "2024-05", 1, "万元"], head=head)
    assert importing.preview(path).importable


def test_outside_the_users_scope_is_refused(land, write):
    head = ["要素", "对象", "时期", "数值", "单位"]
    rows = [
        ["工业总产值", code, "2024", 1, "亿元"] for code in ("R", "E", "Z-A", "Z-B", "ENT-A1", "ENT-C1", "丙一公司")
    ]
    shown = importing.preview(write(*rows, head=head), land.staff_a)
    assert sorted(reasons(shown)) == [2, 3, 5, 7, 8]
    assert all("不在您的管辖范围内" in reason for reason in reasons(shown).values())
    assert importing.preview(write(*rows, head=head), land.planner).importable


def test_the_same_cell_twice_in_one_file(land, write):
    row = ["工业总产值", "R", "2024", "1", "亿元", "", "", "", ""]
    other = [*row[:3], "10001", "万元", *row[5:]]
    same = [*row[:3], "10000", "万元", *row[5:]]
    beside = [*row[:3], "2", "亿元", "别的来源", "", "", ""]
    shown = importing.preview(write(row, other))
    assert reasons(shown) == {3: "与第2行是同一要素、对象、时期、来源而数值不同（1 与 1.0001）"}
    shown = importing.preview(write(row, same, beside))
    assert (shown.new, shown.repeats, shown.bad_count) == (2, 1, 0), reasons(shown)


def test_the_preview_tells_new_corrected_repeated_and_contradicting(land, write):
    base = ["工业总产值", "R", "2024", "1", "亿元", "统计公报初步核算", "https://example.cn/1", "2024-02-01", ""]
    importing.commit(write(base), key="k1")
    rows = [
        base,
        ["工业总产值", "R", "2023", "5", "亿元", "", "", "", ""],
        ["工业总产值", "R", "2024", "7", "亿元", "另一家", "", "", ""],
    ]
    shown = importing.preview(write(*rows))
    assert (shown.new, shown.repeats, shown.corrections, shown.contradictions) == (2, 1, 0, 1)
    assert [(c.kind, c.old, c.value) for c in shown.changes] == [("contradiction", 1.0, 7.0), ("new", None, 5.0)]
    rows[0] = [*base[:3], "2", *base[4:]]
    shown = importing.preview(write(*rows))
    assert [(c.kind, c.old, c.value) for c in shown.changes if c.kind == "correction"] == [("correction", 1.0, 2.0)]
    importing.commit(write(*rows), key="k2")
    again = importing.preview(write(*rows))
    assert (again.new, again.repeats, again.importable) == (0, 3, False)


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        (["a", "b", "c"], "找不到表头"),
        (["要素", "时期", "单位"], "缺少列：数值、区域"),
        (["要素", "区域", "时期", "数值", "指标名称"], "不止一个"),
    ],
)
def test_a_wrong_heading_is_said(land, write, head, sentence):
    with pytest.raises(InputError, match=sentence):
        importing.preview(write(["1"] * len(head), head=head))


def test_a_file_without_figures(land, write):
    path = write(["工业总产值", "R", "2024", "—", "亿元"], ["工业总产值", "R", "2023", "", "亿元"], head=HEAD[:5])
    shown = importing.preview(path)
    assert (shown.skipped, shown.importable) == (2, False)
    with pytest.raises(InputError, match="没有填写数值的行"):
        importing.commit(path, key="k")


def test_spreadsheet_with_title_merged_cells_units_in_heading_and_odd_types(land, tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [
        ["2024年报表"],
        [],
        ["要素", "区域", "时期", "数值（万元）", "我的列"],
        ["工业总产值", "甲园区", 2023, 15000, "x"],
        [None, None, 202406.0, "1,000", None],
        [None, "乙园区", "2024年", 2, None],
        ["工业总产值增速", "东市", 2024, 0.035, None],
        ["工业总产值", "东市", 2024, "=D4*2", None],
        ["工业总产值", "东市", 2024.5, True, None],
    ]:
        sheet.append(row)
    sheet.merge_cells("A1:E1")
    sheet.merge_cells("A4:A6")
    sheet.merge_cells("B4:B5")
    sheet["D7"].number_format = "0.00%"
    path = tmp_path / "报表.xlsx"
    book.save(path)
    shown = importing.preview(path)
    assert shown.ignored == ["我的列"]
    assert reasons(shown) == {
        8: "单元格 D8 是公式且没有保存结果，请粘贴为数值",
        9: "时期 2024.5 分不清是哪个月，请写成 2024-06；数值是真/假，不是数字",
    }
    sheet.delete_rows(8, 2)
    book.save(path)
    importing.commit(path, key="k")
    stored = {(f.element.code, f.subject_id, f.period.code): f.value for f in Fact.objects.all()}
    assert stored == {
        ("gross_output", land.zone_a.pk, "2023"): 1.5,
        ("gross_output", land.zone_a.pk, "2024-06"): 0.1,
        ("gross_output", land.zone_b.pk, "2024"): 0.0002,
        ("gross_output_growth", land.east.pk, "2024"): 3.5,
    }


def test_merged_values_are_refused(land, tmp_path):
    book = openpyxl.Workbook()
    for row in [
        ["要素", "区域", "时期", "数值", "单位"],
        ["工业总产值", "R", 2023, 1, "亿元"],
        ["工业总产值", "R", 2024, None, "亿元"],
    ]:
        book.active.append(row)
    book.active.merge_cells("D2:D3")
    book.save(tmp_path / "x.xlsx")
    assert "合并单元格" in reasons(importing.preview(tmp_path / "x.xlsx"))[3]


def test_listing_is_capped_but_all_are_counted(land, write, monkeypatch):
    monkeypatch.setattr("qiangqu.facts.parsing.MAX_LISTED", 3)
    shown = importing.preview(write(*[["没有", "R", "2024", n, "亿元"] for n in range(10)], head=HEAD[:5]))
    assert (shown.bad_count, len(shown.bad)) == (10, 3)


def test_too_many_rows(land, write, monkeypatch):
    monkeypatch.setattr("qiangqu.facts.parsing.MAX_ROWS", 3)
    with pytest.raises(InputError, match="超过 3 行"):
        importing.preview(write(*[["工业总产值", "R", str(2000 + n), n, "亿元"] for n in range(5)], head=HEAD[:5]))


def test_a_settled_choice_can_be_imported(land, write):
    path = write(["工业总产值", "R", "2024", "1", "亿元", "甲报", "yes"], ["工业总产值", "R", "2024", "2", "亿元", "乙报", "否"],
                 ["工业总产值", "R", "2024", "3", "亿元", "丙报", "maybe"], head=[*HEAD[:6], "取用"])  # fmt: skip
    assert "只能写 是、否" in reasons(importing.preview(path))[4]


@pytest.mark.one_database  # it reads a file
def test_the_longest_file_is_checked_and_one_row_more_is_refused(land, tmp_path, monkeypatch):
    """A tenth of the million rows that a file may have; ``bench/facts_30m.py`` loads whole ones."""
    monkeypatch.setattr(parsing, "MAX_ROWS", 100_000)
    Organisation.objects.bulk_create(
        Organisation(code=f"N{i}", name=f"企业{i}", kind="enterprise", area=land.zone_a, valid_from=land.a1.valid_from)
        for i in range(5000)
    )
    path = tmp_path / "大表.csv"
    periods = [f"{y}-{m:02d}" for y in range(2008, 2025) for m in range(1, 13)][:20]
    with path.open("w") as file:
        file.write("要素,企业,时期,数值,单位\n")
        for period in periods:
            file.writelines(f"gross_output,N{i},{period},{i}.5,万元\n" for i in range(5000))
    heard = []
    shown = importing.preview(path, land.staff_a, heard.append)
    assert (shown.rows, shown.new, shown.bad_count) == (100_000, 100_000, 0)
    assert heard[-1] == 100_000
    with path.open("a") as file:
        file.write("gross_output,N1,2024-12,1,万元\n")
    with pytest.raises(InputError, match="超过 100,000 行"):
        importing.preview(path, land.staff_a)


cell = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["工业总产值", "R", "东市", "Z-A", "2024", "2024-06", "2024年1—6月", "万元", "亿元", "%", "1,000", "-3.5", "1e400", "NaN", "—", "=1"]),
    st.floats(),
    st.integers(),
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(cell, min_size=0, max_size=10), max_size=6),
    head=st.one_of(st.just(HEAD), st.permutations(HEAD)),
)
def test_any_table_gives_a_preview_or_a_sentence(land, tmp_path, rows, head):
    path = tmp_path / "x.csv"
    with path.open("w", newline="", encoding="utf-8", errors="replace") as file:
        csv.writer(file).writerows([head, *rows])
    try:
        shown = importing.preview(path, land.planner)
        assert shown.bad_count + shown.skipped + shown.new + shown.corrections + shown.repeats == shown.rows
    except InputError as error:
        assert error.message


def test_area_names_follow_the_register(land, write):
    Area.objects.filter(pk=land.zone_b.pk).update(short_name="甲园区")
    assert (
        "不止一个" in reasons(importing.preview(write(["工业总产值", "甲园区", "2024", "1", "亿元"], head=HEAD[:5])))[2]
    )


def test_facts_about_made_up_enterprises_are_simulated_and_never_stand_in_one_batch_with_real_ones(land, write):
    Organisation.objects.filter(pk=land.a1.pk).update(simulated=True)
    path = write(
        ["gross_output", "ENT-A1", "2024-05", "3", "亿元", "", "", "", ""],
        head=["要素", "单位代码", *HEAD[2:]],
        name="模拟.csv",
    )
    assert importing.preview(path).importable
    assert importing.commit(path, key="sim").simulated
    path = write(
        ["gross_output", "ENT-A2", "2024-05", "3", "亿元", "", "", "", ""],
        head=["要素", "单位代码", *HEAD[2:]],
        name="真实.csv",
    )
    assert not importing.commit(path, key="real").simulated
    path = write(
        ["gross_output", "ENT-A2", "2024-06", "3", "亿元", "", "", "", ""],
        ["gross_output", "ENT-A1", "2024-06", "3", "亿元", "", "", "", ""],
        head=["要素", "单位代码", *HEAD[2:]],
        name="混合.csv",
    )
    for attempt in (lambda: importing.preview(path), lambda: importing.commit(path, key="mixed")):
        with pytest.raises(InputError, match="第 3 行是模拟数据的对象，第 2 行不是"):
            attempt()
    assert Fact.objects.count() == 2


@pytest.mark.parametrize("seed", range(4))
def test_rows_put_together_of_known_texts_are_those_that_are_parsed(land, write, monkeypatch, seed):
    """A long file is read faster than row by row; whatever stands in it, the result is the same."""
    chance = random.Random(seed)
    texts = [
        ["工业总产值", "gross_output", "工业总产值增速", "没有", ""],
        ["R", "测试自治区", "东市", "", "无此地"],
        ["2024", "2024年1—6月", "2024-13", "2023Q4"],
        ["1", "12.50", "-3", "1,234.5", "1.5亿元", "3％", "", "—", "1e3", "0.1234567890123456", "012", "+1", "一"],
        ["万元", "亿元", "%", "", "元", "米"],
        ["", "统计年鉴", "公报"],
        ["", "https://example.cn/1", "ftp://x"],
        ["", "2024-10", "昨天"],
        ["", "", "", "初步"],
    ]
    rows = [[chance.choice(column) for column in texts] for _ in range(150)]
    # a row that is right as it stands, with many figures
    rows += [
        ["工业总产值", "R", f"{1900 + n}", f"{n}.5", chance.choice(["万元", "亿元"]), "", "", "", ""] for n in range(40)
    ]
    chance.shuffle(rows)
    path = write(*rows)

    def read():
        found = parsing.parse_file(path, Directory(None))
        return found.table.to_pydict(), found.sources, found.rows, found.skipped, found.bad_count, found.bad

    fast = read()
    assert fast[0]["value"], "some rows are right"
    monkeypatch.setattr(parsing._Seen, "fact", lambda self, cells: None)
    assert read() == fast
