import datetime as dt

from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Check, Job, MenuItem, Middleware, Panel, Part, Section

PART = Part(
    "ui",
    _("界面"),
    sections=(
        Section("总览", _("总览"), "layout-dashboard", 10),
        Section("计划", _("计划"), "target-arrow", 20),
        Section("办公", _("办公"), "briefcase", 30),
        Section("园区", _("园区"), "map-2", 40),
        Section("产业", _("产业"), "topology-star-3", 50),
        Section("企业", _("企业"), "building-factory-2", 60),
        Section("创新", _("创新"), "bulb", 70),
        Section("绿色", _("绿色"), "leaf", 80),
        Section("数据", _("数据"), "database", 90),
        Section("系统", _("系统"), "settings", 100),
    ),
    pages="urls",
    panels=(Panel("registry.Area", "desk:profile"),),
    checks=(Check("scanner", _("病毒扫描"), "uploads.doctor:scanner"),),
    menu=(MenuItem(_("工作台"), "desk", 5, None, section="总览"),),
    jobs=(Job("register-imports", dt.timedelta(minutes=1), "periodic:take_up_imports", long=True),),
    middleware=(
        Middleware("peers:PeerMiddleware", "first", 10),
        Middleware("head:HeadMiddleware", "first", 30),
        Middleware("middleware:ShellMiddleware", "safe"),
        Middleware("middleware:VisibleTextMiddleware", "page", 10),
        Middleware("once:OnceMiddleware", "page", 90),
    ),
    context=("context:shell",),
    opens={"hooks": "hooks:set_hook"},
)
