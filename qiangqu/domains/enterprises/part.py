from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import MenuItem, Panel, Part

PART = Part(
    "enterprises",
    _("企业梯度培育"),
    section="企业",
    menu=(MenuItem(_("梯度培育"), "ladders", 40, "view_schemes", ("ladders-of",)),),
    pages="urls",
    pack="pack",
    panels=(Panel("registry.Organisation", "queries:panel"),),
    acts={"pack_ladders": _("载入企业梯度")},
)
