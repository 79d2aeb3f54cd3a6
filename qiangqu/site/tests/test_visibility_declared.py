"""Every model of every part says whose its rows are, and says it in one way."""

import pytest
from django.apps import apps
from django.db import models

from qiangqu.base.visibility import DECLARATIONS, declaration, visible

OURS = [
    model
    for model in apps.get_models()
    if model.__module__.startswith("qiangqu.") and not hasattr(model, "instance_type")
]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_a_model_declares_who_sees_it(model: type[models.Model]) -> None:
    kind = declaration(model)
    # a rule of its own may need to know where its rows lie; all else is said once
    said = [name for name in DECLARATIONS if getattr(model, name, None)]
    assert said == [kind] or said == ["visible_to", "area_lookup"], said


def test_a_model_that_declares_nothing_is_refused(django_user_model: type[models.Model]) -> None:
    from django.contrib.sessions.models import Session

    with pytest.raises(TypeError, match="Session does not say who sees it"):
        visible(Session.objects.all(), django_user_model())
