"""Nodes with gateways of their own: made once for a file of tests with its ``DEVICES``, copied for each
test.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .node import Node


@pytest.fixture(scope="module")
def template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    node = Node(tmp_path_factory.mktemp("node"))
    node.migrate()
    node.run("make", devices=request.module.DEVICES)
    node.close()
    yield node.home
    node.remove()


@pytest.fixture
def node(template: Path, tmp_path: Path) -> Iterator[Node]:
    node = Node.copy(template, tmp_path / "home")
    yield node
    node.remove()
