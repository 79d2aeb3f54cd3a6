"""Meetings of a demonstration: one held with what was decided, some ahead, one cancelled; all marked
模拟数据.
"""

import datetime as dt
from typing import Any

from django.utils import timezone

from qiangqu.domains.office.meetings import agenda, calling, holding
from qiangqu.domains.office.meetings.terms import Answer, MeetingKind
from qiangqu.domains.office.models.documents import IssuingBody
from qiangqu.domains.office.models.meetings import CalendarEvent, Meeting, MeetingRoom
from qiangqu.registry.models import Area, Organisation, Role, User


def demonstrate(zone: Area) -> int:
    """Meetings that the zone's (simulated) body calls, unless there are meetings. Returns how many there are
    then.
    """
    body = IssuingBody.objects.filter(area=zone, simulated=True).first()
    clerk = User.objects.posted(area=zone, role=Role.ZONE).order_by("pk").first()
    above = {"area__code__in": zone.path.strip("/").split("/"), "role__in": [Role.LEADER, Role.PLANNER, Role.ZONE]}
    guests = list(User.objects.posted(**above).order_by("pk")[:8])
    if Meeting.objects.exists() or body is None or clerk is None or not guests:
        return 0
    room = MeetingRoom.objects.create(
        area=body.area,
        name="（模拟）301会议室",
        seats=24,
        equipment="视频会议",
        valid_from=dt.date(2020, 1, 1),
        simulated=True,
    )
    day = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0)
    chair = next((one for one in guests if any(post.role == Role.LEADER for post in one.held)), guests[0])

    def call(title: str, start: dt.datetime, hours: float, items: str, **more: Any) -> Meeting:
        first = {"kind": MeetingKind.DISPATCH, "chair": chair, "room": room, "simulated": True}
        one = Meeting(body=body, title=title, start=start, end=start + dt.timedelta(hours=hours), **(first | more))
        calling.call(one, agenda.read(items), clerk)
        calling.invite(one, clerk, [guest.username for guest in guests], "（模拟）某企业负责人")
        return one

    held = call(
        "园区运行调度会", day - dt.timedelta(days=6), 2,
        "上月运行情况；经济发展局；20\n监测设备联网进展；生态环境局；15\n下步安排",
    )  # fmt: skip
    holding.hold(held, clerk, list(held.invitations.values_list("pk", flat=True)))
    unit = Organisation.objects.filter(area=body.area).exclude(kind="enterprise").order_by("code").first()
    code = unit.code if unit else ""
    holding.resolve(held, clerk, "本月底前完成重点企业监测设备联网", code, timezone.localdate() + dt.timedelta(days=20))
    holding.resolve(held, clerk, "梳理长期报警未处置的点位，逐一明确责任人")
    holding.draft_minutes(Meeting.objects.get(pk=held.pk), clerk)
    ahead = call(
        "重点项目协调会",
        day + dt.timedelta(days=2),
        1.5,
        "项目用地；自然资源局；15\n水电接入；供电公司；15",
        kind=MeetingKind.TOPIC,
    )
    holding.answer(ahead, guests[0], Answer.COMES)
    call("主任办公会", day + dt.timedelta(days=5), 2, "审议年度工作要点；综合办；30", kind=MeetingKind.OFFICE)
    off = call(
        "安全生产专题会", day + dt.timedelta(days=3, hours=5), 1, "冬季安全；应急管理局；20", kind=MeetingKind.TOPIC
    )
    calling.cancel(off, clerk, "（模拟）与上级会议冲突")
    start = day + dt.timedelta(days=1, hours=5)
    CalendarEvent.objects.create(
        user=clerk, title="（模拟）企业走访", place="园区", start=start, end=start + dt.timedelta(hours=2)
    )
    return Meeting.objects.count()
