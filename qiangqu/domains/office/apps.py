from django.apps import AppConfig


class OfficeConfig(AppConfig):
    name = "qiangqu.domains.office"
    label = "office"
    verbose_name = "协同办公"

    def ready(self) -> None:
        from .documents import wiring as documents
        from .meetings import wiring as meetings

        documents.register()
        meetings.register()
