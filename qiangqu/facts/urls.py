from django.urls import path, register_converter

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui import lists

from .listing import BATCHES, ELEMENTS, IMPORTS, SOURCES
from .pages import batches, elements, facts, imports, reports
from .returns import RETURNS


class PeriodCode:
    """A period's code in an address: ``2024-01/2024-06`` is written ``2024-01_2024-06``."""

    regex = "[0-9HQ_-]{4,16}"

    def to_python(self, value: str) -> str:
        return value.replace("_", "/")

    def to_url(self, value: object) -> str:
        return str(value).replace("/", "_")


register_converter(PeriodCode, "period")

urlpatterns = [
    *lists.urls(ELEMENTS, "elements/", require()),
    path("elements/<str:code>/", elements.element, name="facts-element"),
    path("facts/", facts.facts, name="facts"),
    *lists.urls(BATCHES, "facts/batches/", require()),
    path("facts/batches/<int:pk>/", batches.batch, name="facts-batch"),
    path("facts/batches/<int:pk>/withdraw", batches.withdrawal, name="facts-batch-withdraw"),
    *lists.urls(SOURCES, "facts/sources/", require()),
    path("facts/sources/<int:pk>/", batches.source, name="facts-source"),
    *lists.urls(IMPORTS, "facts/imports/", require(Action.IMPORT_FACTS), view=imports.imports),
    path("facts/imports/template.xlsx", imports.template, name="facts-import-template"),
    path("facts/imports/elements.xlsx", imports.element_list, name="facts-import-elements"),
    path("facts/imports/<uuid:token>/", imports.import_job, name="facts-import"),
    path("facts/imports/<uuid:token>/progress", imports.import_progress, name="facts-import-progress"),
    path("facts/imports/<uuid:token>/confirm", imports.import_confirm, name="facts-import-confirm"),
    path("facts/imports/<uuid:token>/drop", imports.import_drop, name="facts-import-drop"),
    path("facts/imports/<uuid:token>/bad-rows.xlsx", imports.import_bad_rows, name="facts-import-bad-rows"),
    path("facts/<str:ref>/", facts.fact, name="facts-fact"),
    path("reports/", reports.reports, name="facts-reports"),
    path("reports/counter", reports.counter, name="facts-reports-counter"),
    *lists.urls(RETURNS, "reports/returns/", require()),
    path("reports/<int:pk>/", reports.report, name="facts-report"),
    path("reports/<str:code>/<period:period>/", reports.form_returns, name="facts-form-returns"),
    path("reports/<str:code>/<period:period>/fill", reports.fill, name="facts-report-fill"),
    path("reports/<str:code>/<period:period>/reopen", reports.reopen, name="facts-report-reopen"),
]
