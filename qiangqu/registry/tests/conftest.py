import pytest

from . import factories


@pytest.fixture
def areas(db):
    return factories.tree()


@pytest.fixture
def people(areas):
    return factories.users(areas)


@pytest.fixture
def lists(db):
    return factories.code_lists()


@pytest.fixture
def signed_in(client, people):
    """``signed_in("planner")`` gives the test client signed in as that user."""

    def sign_in(name: str):
        client.force_login(people[name])
        return client

    return sign_in
