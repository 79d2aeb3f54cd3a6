"""Fields of models that several parts use."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from .errors import InputError
from .text import clean_code


class CodeField(models.CharField):  # type: ignore[type-arg]
    """A code 代码: half-width, nothing invisible, one kind of hyphen (:func:`qiangqu.base.text.clean_code`),
    in whatever form or file it comes in, so that two codes that look alike cannot become two records. In the
    database, and to migrations, it is a CharField."""

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        if not isinstance(value, str):
            return value
        try:
            return clean_code(value)
        except InputError as error:
            raise ValidationError(error.message) from error

    def get_prep_value(self, value: Any) -> Any:
        # what is looked for or stored without having been checked stays as it is: only forms and imports give
        # codes their form
        return super().to_python(models.Field.get_prep_value(self, value))
