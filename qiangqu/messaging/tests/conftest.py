import pytest

from qiangqu.registry.tests import factories


@pytest.fixture
def people(db):
    return factories.users(factories.tree())
