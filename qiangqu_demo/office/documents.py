"""Documents of a demonstration: bodies of a region, a city and a zone, documents at every stage between them;
all marked 模拟数据.
"""

import datetime as dt
from typing import Any

from django.utils import timezone

from qiangqu.cases import acts
from qiangqu.cases.models import Case
from qiangqu.domains.office.documents import archive, circulation, drafting, incoming, posts
from qiangqu.domains.office.documents.terms import Post
from qiangqu.domains.office.models.documents import Document, IssuingBody
from qiangqu.registry.models import Area, AreaLevel, Role, User
from qiangqu.registry.models import Post as UserPost

MARK = "（模拟）"
_HEAD = "演示·负责人"


def demonstrate(zone: Area) -> int:
    """Bodies and documents about ``zone``, unless there are documents. Returns how many documents there are
    then.
    """
    if Document.objects.exists():
        return 0
    # the region above, a city (not every zone lies in one), the zone itself
    clerks = [
        User.objects.posted(role=role, **where).with_posts().order_by("pk").first()
        for role, where in (
            (Role.PLANNER, {"area__level": AreaLevel.REGION}),
            (Role.BUREAU, {"area__level": AreaLevel.CITY}),
            (Role.ZONE, {"area": zone}),
        )
    ]
    found = [one for one in clerks if one is not None and one.area is not None]
    if len(found) < len(clerks):
        return 0
    bodies = [_body(one.area, number) for number, one in enumerate(found, start=1) if one.area is not None]
    for body, clerk in zip(bodies, found, strict=True):
        _head(body, clerk)
    _play(bodies, found)
    return Document.objects.count()


def _body(place: Area, number: int) -> IssuingBody:
    level = {AreaLevel.REGION: "工业和信息化厅", AreaLevel.CITY: "工业和信息化局"}.get(AreaLevel(place.level), "管委会")
    name = f"{MARK}{place.name}{level}"[:60]
    words = ("模厅发", "模局发", "模管发")
    return IssuingBody.objects.create(
        area=place, name=name, mark=f"{name}文件"[:40], code_word=words[number - 1], fonds=f"M{number:03d}",
        valid_from=dt.date(2020, 1, 1), simulated=True,
    )  # fmt: skip


def _head(body: IssuingBody, clerk: User) -> User:
    """Who signs for the body: a leader of its own area, made for the demonstration where there is none."""
    head = posts.people_of(body.area, role=Role.LEADER).order_by("pk").first()
    if head is None:
        head = User(username=f"head-{body.area.code}".lower()[:150], display_name=_HEAD)
        head.set_unusable_password()
        head.save()
        UserPost.objects.create(user=head, role=Role.LEADER, area=body.area)
    posts.appoint(body, clerk, head.username, Post.HEAD)
    posts.appoint(body, clerk, clerk.username, Post.REVIEWER)
    return head


def _step(case: Case, node: str, user: User, **answers: Any) -> None:
    step = case.steps.get(node=node, status="open")
    acts.finish_step(case, step.pk, answers, user)


def _issued(body: IssuingBody, clerk: User, **content: Any) -> Document:
    """A document that has gone the whole way."""
    signer = posts.signers(body, upward=True).exclude(pk=clerk.pk).first()
    assert signer is not None
    one = drafting.create_draft(Document(body=body, **content), clerk)
    case = drafting.submit(one, clerk, clerk.username, signer.username)
    _step(case, "review", clerk, reviewed_as="approve")
    _step(case, "sign", signer, signing="approve", sign_text="请抓好落实")
    _step(case, "register", clerk, checked="passed", copies=30)
    one.refresh_from_db()
    return one


def _play(bodies: list[IssuingBody], clerks: list[User]) -> None:
    (region, city, zone), (planner, _bureau, keeper) = bodies, clerks
    today = timezone.localdate()
    notice = _issued(
        region, planner, kind="notice", title="关于开展智慧园区运行情况自查的通知", urgency="urgent",
        addressees=f"{city.name}，{zone.name}", copies_to=f"{MARK}自治区发展和改革委员会",
        text=(
            "为掌握各园区运行监测、用地、环境、安全和办公系统的使用情况，现开展自查，有关事项通知如下。\n"
            "一、自查内容\n（一）监测设备在线情况。逐台核对在线率和数据完整率。\n（二）报警处置情况。逐条核对处置时限。\n"
            "二、时间安排\n请于月底前在平台报送自查表。"
        ),
    )  # fmt: skip
    sent = {row.to_id: row for row in circulation.deliver(notice, planner, [city.pk, zone.pk], [], f"{MARK}行业协会")}
    came = incoming.sign_for(sent[zone.pk], keeper)
    case = incoming.start_handling(came, keeper, today + dt.timedelta(days=8))
    leader = posts.signers(zone).exclude(pk=keeper.pk).first()
    assert leader is not None
    _step(case, "propose", keeper, route="submit", proposal="建议由综合办牵头，各科室配合。", leader=leader.username)
    _step(case, "instruct", leader, instruction="assign", instruction_text="按期完成。", handler=keeper.username)
    report = _issued(
        zone, keeper, kind="report", title="关于园区上半年运行情况的报告", upward=True, addressees=region.name,
        remark=f"联系人：{keeper}，电话：0951-0000000",
        text="现将上半年运行情况报告如下。\n一、基本情况\n规模以上企业运行平稳，详见平台指标。\n二、下一步工作\n继续做好监测和服务。",
    )  # fmt: skip
    circulation.deliver(report, keeper, [region.pk], [city.pk])
    waiting = drafting.create_draft(
        Document(
            body=zone, kind="request", title="关于增设环境监测站点的请示", upward=True, addressees=region.name,
            remark=f"联系人：{keeper}，电话：0951-0000000", text="为完善园区空气监测，拟增设站点一处。\n妥否，请批示。",
        ),
        keeper,
    )  # fmt: skip
    drafting.submit(waiting, keeper, keeper.username, leader.username)
    drafting.create_draft(
        Document(
            body=zone, kind="notice", title="关于做好冬季安全生产的通知", addressees="各企业", text="一、提高认识\n"
        ),
        keeper,
    )
    letter = incoming.register(
        Document(
            body=zone, kind="letter", title="关于征求产业链图谱意见的函", sender=f"{MARK}自治区发展和改革委员会",
            number="模改函〔2026〕12号", dated=today - dt.timedelta(days=6), pages=3,
        ),
        keeper,
    )  # fmt: skip
    circulation.circulate(letter, keeper, [leader.username, planner.username], today + dt.timedelta(days=3))
    circulation.confirm_read(letter, leader, "请企业服务科提出意见。")
    old = incoming.register(
        Document(
            body=zone, kind="circular", title="关于上年度园区考核结果的通报", sender=region.name, number="模厅发〔2025〕41号",
            dated=dt.date(today.year - 1, 12, 20), received_on=today, pages=6,
        ),
        keeper,
    )  # fmt: skip
    archive.file_all([incoming.put_on_file(old, keeper)], "D30", keeper)
