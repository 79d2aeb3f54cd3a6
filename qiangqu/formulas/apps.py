from django.apps import AppConfig


class FormulasConfig(AppConfig):
    name = "qiangqu.formulas"
    label = "formulas"
    verbose_name = "指标公式"

    def ready(self) -> None:
        from qiangqu.facts.signals import facts_added

        from .refresh import after_facts

        facts_added.connect(after_facts, dispatch_uid="formulas.refresh")
