"""Commands that fill a database answer wrong use in a sentence."""

import pytest
from click.testing import CliRunner

from qiangqu.base.errors import NotFoundError
from qiangqu_demo.commands import environment


@pytest.mark.django_db
def test_a_place_that_there_is_not_is_said() -> None:
    result = CliRunner().invoke(environment, ["NOWHERE"], standalone_mode=False)
    assert isinstance(result.exception, NotFoundError)
