from django.urls import path

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui.lists import urls

from .listing import CASES
from .pages import case, editing, public, start, stats, workdays

urlpatterns = [
    *urls(CASES, "cases/", require(Action.HANDLE_CASES), excel="cases/list.xlsx"),
    path("cases/start/", start.kinds_to_open, name="cases-start"),
    path("cases/start/<str:code>/", start.start, name="cases-start-form"),
    path("cases/statistics/", stats.stats, name="cases-statistics"),
    path("cases/statistics.xlsx", stats.stats_xlsx, name="cases-statistics-xlsx"),
    path("cases/workdays/", workdays.workdays, name="cases-workdays"),
    path("cases/kinds/", editing.all_kinds, name="cases-kinds"),
    path("cases/kinds/<str:code>/", editing.kind, name="cases-kind"),
    path("cases/kinds/<str:code>/edit", editing.edit, name="cases-kind-edit"),
    path("cases/case/<str:number>/", case.case, name="cases-case"),
    path("cases/case/<str:number>/identity", case.identity, name="cases-identity"),
    path("cases/case/<str:number>/letters/<str:name>.docx", case.letter, name="cases-letter"),
    path("cases/case/<str:number>/<str:name>", case.act, name="cases-act"),
    path("service/", public.service, name="public-service"),
    path("service/query", public.look_up, name="public-query"),
    path("service/<str:code>/", public.open_public, name="public-open"),
]
