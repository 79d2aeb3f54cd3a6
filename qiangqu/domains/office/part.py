import datetime as dt

from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Api, Card, Demonstration, Job, MenuItem, Part, Permission, Receiver, Search

PART = Part(
    "office",
    _("协同办公"),
    section="办公",
    permissions=(
        Permission("office", _("使用协同办公"), _("起草和阅读公文，参加会议，使用日程。"), ("leader", "planner", "bureau", "zone", "inspector")),
        Permission("keep_documents", _("管理公文"), _("收文登记、编号印发、签收、分送和归档，登记机关岗位。"), ("planner", "bureau", "zone")),
    ),
    menu=(
        MenuItem(
            _("公文"), "documents", 10, "office",
            ("document", "document-new", "document-receive", "document-edit", "document-version"),
        ),
        MenuItem(_("待签收公文"), "documents-inbox", 11, "keep_documents"),
        MenuItem(_("公文归档"), "documents-archive", 12, "keep_documents"),
        MenuItem(
            _("会议"), "meetings", 20, "office", ("meeting", "meeting-new", "meeting-edit", "meeting-rooms")
        ),
        MenuItem(_("日程"), "calendar", 30, "office", ("calendar-event",)),
        MenuItem(_("发文机关"), "issuing-bodies-list", 60, "office", ("issuing-bodies-",)),
        MenuItem(_("机关岗位"), "document-posts", 61, "keep_documents"),
        MenuItem(_("会议室"), "meeting-rooms-list", 61, "office", ("meeting-rooms-",)),
    ),
    cards=(
        Card("agenda", "desk:agenda", 30, action="office"),
        Card("inbox", "desk:inbox", 25, action="keep_documents"),
    ),
    pages="urls",
    api=Api("/office", "协同办公"),
    registers=("registers:REGISTERS",),
    search=(Search("documents", "documents.access:FOUND.find", 16), Search("meetings", "meetings.access:FOUND.find", 17)),
    acts={
        "document_drafted": _("起草公文"),
        "document_issued": _("公文编号印发"),
        "document_registered": _("收文登记"),
        "document_sent_back": _("收文退文"),
        "meeting_called": _("登记会议"),
        "calendar_event_saved": _("保存日程"),
        "calendar_event_deleted": _("删除日程"),
        "calendar_feed_made": _("生成日历订阅"),
        "calendar_feed_ended": _("停用日历订阅"),
    },
    declared=("documents.rights:DOCUMENTS", "documents.incoming:DELIVERIES", "documents.posts:POSTS", "meetings.rights:MEETINGS"),
    topics={"office": _("公文"), "meetings": _("会议")},
    jobs=(Job("meetings-tomorrow", dt.timedelta(days=1), "meetings.calendar:remind_tomorrow", at=dt.time(16, 0)),),
    receivers=(
        Receiver("qiangqu.cases.signals:case_moving", "documents.handling:on_case_moving"),
        Receiver("qiangqu.registry.models:access_ended", "meetings.lookups:on_access_ended"),
    ),
    joins={
        "cases.subjects": {"document": "documents.access:FOUND.link", "meeting": "meetings.access:FOUND.link"},
        "plan.proposals": {"document": "documents.supervised:proposal_at", "meeting": "meetings.holding:proposal_at"},
        "cases.contracts": {
            "outgoing_document": "documents.contracts:OUTGOING_CONTRACT",
            "incoming_document": "documents.contracts:INCOMING_CONTRACT",
        },
        "cases.shown": {"document": "documents.lookups:shown"},
        "cases.people": {
            "office_signers": "documents.posts:leaders_in",
            "office_reviewers": "documents.posts:reviewers_in",
            "office_staff": "documents.posts:people_of",
        },
    },
    demonstration=Demonstration(enact="qiangqu_demo.office:enact"),
)  # fmt: skip
