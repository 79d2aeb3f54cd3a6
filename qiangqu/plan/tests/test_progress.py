import datetime as dt
import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from qiangqu.base.errors import InputError
from qiangqu.base.periods import parse_period
from qiangqu.plan.models import Measure, ProgressReport
from qiangqu.plan.progress import measure_statuses, next_due, report_progress, reporting_units
from qiangqu.plan.track import status
from qiangqu.records import store
from qiangqu.records.models import Attachment
from qiangqu.registry.models import AuditEntry, Organisation
from qiangqu.ui.uploads import Upload

from .conftest import DAY

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"
PERIOD = parse_period("2024Q2")


def docx(*extra: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("[Content_Types].xml", "word/document.xml", *extra):
            archive.writestr(name, "<x/>")
    return buffer.getvalue()


def upload(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def sent(name: str, data: bytes) -> Upload:
    return Upload(upload(name, data))


@pytest.fixture
def measure(tiny) -> Measure:
    return Measure.objects.get(no=1)


def unit(code: str) -> Organisation:
    return Organisation.objects.get(code=code)


def test_report_with_evidence(measure, people) -> None:
    files = [sent("照片/../../进展.pdf", PDF), sent("表.docx", docx())]
    report = report_progress(measure, unit("H-G-E"), PERIOD, " 完成立项 ", 40, user=people["east"], files=files)
    assert report.text == "完成立项" and report.period.label == "2024年二季度"
    first, second = report.evidence.all()
    assert first.name == "进展.pdf" and first.size == len(PDF) and second.content_type.endswith("document")
    assert store.read(first.sha256, first.name) == PDF
    assert (first.by, first.at, first.owner) == (people["east"], report.reported_at, report)
    assert AuditEntry.objects.filter(action="progress_reported", area_path__contains="990100").count() == 1


def test_who_may_report_for_whom(measure, people) -> None:
    assert {u.code for u in reporting_units(measure, people["planner"])} == {"H-IND", "H-G-E", "H-G-W"}
    assert {u.code for u in reporting_units(measure, people["east"])} == {"H-G-E"}
    assert {u.code for u in reporting_units(measure, people["neighbour"])} == {"H-G-W"}
    assert reporting_units(measure, people["leader"]) == [] and reporting_units(measure, people["enterprise"]) == []
    for user in ("neighbour", "leader", "enterprise"):
        with pytest.raises(InputError, match="不能代"):
            report_progress(measure, unit("H-G-E"), PERIOD, "x", 1, user=people[user])
    with pytest.raises(InputError):  # answers for measure 1 only
        report_progress(Measure.objects.get(no=2), unit("H-G-E"), PERIOD, "x", 1, user=people["east"])


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"text": "  "}, "进展"),
        ({"text": "长" * 4001}, "进展"),
        ({"difficulty": "长" * 2001}, "问题与需要协调的事项"),
        ({"percentage": 101}, "完成进度"),
        ({"percentage": -1}, "完成进度"),
        ({"period": parse_period("2199")}, "时期"),
        ({"period": parse_period("2024-01/2024-05")}, "时期"),
    ],
)
def test_wrong_fields_are_named(measure, people, more, where) -> None:
    values = {"period": PERIOD, "text": "x", "percentage": 1} | more
    with pytest.raises(InputError) as caught:
        report_progress(measure, unit("H-G-E"), user=people["east"], **values)
    assert caught.value.where == where and ProgressReport.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "data", "said"), [("virus.pdf", b"MZ\x90\x00", "内容与扩展名"), ("setup.exe", PDF, "只能上传")]
)
def test_of_a_report_with_a_hostile_file_nothing_is_kept(measure, people, settings, name, data, said) -> None:
    with pytest.raises(InputError, match=said):
        files = [sent("good.pdf", PDF), sent(name, data)]
        report_progress(measure, unit("H-G-E"), PERIOD, "x", 1, user=people["east"], files=files)
    assert ProgressReport.objects.count() == Attachment.objects.count() == 0
    assert not (settings.MEDIA_ROOT / store.FOLDER).exists()


def test_too_many_files(measure, people) -> None:
    with pytest.raises(InputError, match="最多"):
        report_progress(measure, unit("H-G-E"), PERIOD, "x", 1, user=people["east"], files=[sent("a.pdf", PDF)] * 6)


def lights(plan, day=DAY) -> dict[int, tuple[str, str]]:
    return {one.measure.no: (one.state, one.reason) for one in measure_statuses(plan, status(day), day)}


def test_light_follows_the_targets(tiny, put) -> None:
    assert lights(tiny)[1][0] == "no_data"
    put("wind_capacity", {"2032": 460.0})
    assert lights(tiny)[1][0] == "on_track"
    put("projects_since", {"2032": 150})  # 50 of 300 behind: at risk with the plan's fifth
    assert lights(tiny)[1] == ("at_risk", "目标预警：累计新开项目")
    put("output_change", {"2032": 5.0})
    assert lights(tiny)[1][0] == "off_track" and "船舶产值提高" in lights(tiny)[1][1]
    put("labs", {"2032": 7})
    assert lights(tiny)[2] == ("done", "所列目标均已达到")


def test_lead_that_stops_reporting_is_overdue(tiny, measure) -> None:
    ProgressReport.objects.create(
        measure=measure, unit=unit("H-IND"), period_key=parse_period("2032Q1").key, text="x", percentage=30
    )
    assert next_due(parse_period("2032Q1"), tiny) == dt.date(2032, 7, 20)
    assert next_due(parse_period("2031Q4"), tiny) == dt.date(2032, 4, 20)
    assert next_due(parse_period("2032Q3"), tiny) == dt.date(2033, 1, 20)
    early = measure_statuses(tiny, status(dt.date(2032, 7, 20)), dt.date(2032, 7, 20))[0]
    assert early.state == "on_track" and early.percentage == 30 and early.reported.code == "2032Q1"
    late = measure_statuses(tiny, status(dt.date(2032, 7, 21)), dt.date(2032, 7, 21))[0]
    assert late.state == "at_risk" and "省工业厅未按时报告" in late.reason


def test_a_light_names_what_it_does_not_follow(tiny, put) -> None:
    """A4 is striven for: behind, it makes its measure yellow and the reason says why."""
    from dataclasses import replace

    from qiangqu.plan.progress import light
    from qiangqu.plan.track import status

    put("blue_share", {"2031": 30.0, "2032": 31.0})
    one = next(row for row in status(DAY) if row.code == "A4")
    assert one.state == "off_track" and one.effort == "strive"
    assert light([one], reported=False, overdue=[]) == ("at_risk", f"力争目标滞后，按规则亮黄灯：{one.name}")
    risky = replace(one, verdict=replace(one.verdict, state="at_risk"))
    assert light([risky], reported=False, overdue=[]) == ("on_track", f"力争目标预警，不影响灯色：{one.name}")
    stale = replace(one, verdict=replace(one.verdict, state="no_data", stale=True))
    state, reason = light([stale], reported=False, overdue=[])
    assert state == "no_data" and f"数据待更新，未参与判断：{one.name}" in reason
    firm = replace(one, effort="firm")
    assert light([firm, one], reported=True, overdue=["甲局"])[1] == (
        f"目标滞后：{one.name}；力争目标滞后：{one.name}；甲局未按时报告"
    )
