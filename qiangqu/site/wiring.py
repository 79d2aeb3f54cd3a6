"""Makes what the manifests declare known to those who use it. Called once, when Django has loaded all
models.
"""

from django.apps import apps
from django.core.signals import request_started
from django.utils.translation import get_language

from qiangqu.base import jobs
from qiangqu.base.part import Part, Reference
from qiangqu.base.periods import labelled_in
from qiangqu.base.terms import translations_from
from qiangqu.facts import subjects
from qiangqu.messaging.notify import name_topics
from qiangqu.registry import wordings
from qiangqu.registry.audit import name_actions
from qiangqu.ui import attention, menu, registers, search


def wire(parts: tuple[Part, ...]) -> None:
    """Register all that the parts declare; the code that they name is imported when it is first used, but for
    registers, subjects and signals.
    """
    labelled_in(get_language)
    translations_from(wordings.words)
    request_started.connect(wordings.forget, dispatch_uid="wordings")
    points = {f"{part.name}.{name}": part.reference(text) for part in parts for name, text in part.opens.items()}
    for part in parts:
        menu.add_sections(*part.sections)
    for part in parts:
        _wire_one(part, points)


def _wire_one(part: Part, points: dict[str, Reference]) -> None:
    code = part.reference
    menu.register(*part.menu_items())
    name_actions(part.acts, *(code(f"{text}.words") for text in part.declared))
    name_topics(part.topics)
    for job in part.jobs:
        jobs.register(job.name, job.every, code(job.work), job.at, long=job.long)
    for text in part.registers:
        registers.register(*code(text).get())
    if part.subjects:
        subjects.register(part.name, code(part.subjects).get())
    for panel in part.panels:
        registers.add_panel(apps.get_model(panel.model), code(panel.make))
    for one in part.search:
        search.register(one.name, code(one.find), one.order)
    for name, text in part.attention.items():
        attention.register(name, code(text))
    for url_name, permission in part.counters.items():
        attention.register_counter(url_name, permission)
    for receiver in part.receivers:
        signal = code(receiver.signal).get()
        signal.connect(code(receiver.function), weak=False, dispatch_uid=f"{part.name} {receiver.function}")
    for point, things in part.joins.items():
        for name, text in things.items():
            points[point](name, code(text))
