from pathlib import Path

import pytest

import qiangqu
from qiangqu.base.packs import Pack
from qiangqu.base.periods import parse_period
from qiangqu.facts.models import Element
from qiangqu.registry import pack as registry_pack
from qiangqu_demo.simulation.frame import read_frame, window
from qiangqu_demo.simulation.parameters import read_parameters
from qiangqu_demo.simulation.twin import build

UNTIL = parse_period("2026-10")


@pytest.fixture(scope="session")
def pack():
    return Pack(Path(qiangqu.__file__).parent / "packs" / "ningxia")


@pytest.fixture(scope="session")
def parameters(pack):
    return read_parameters(pack)


@pytest.fixture(scope="session")
def frame(pack, parameters):
    return read_frame(pack, parameters)


@pytest.fixture(scope="session")
def full(parameters, frame):
    """The twin as `make demo` makes it: pure arrays, some seconds."""
    return build(parameters, frame, window(UNTIL, 60), parameters.seed, parameters.enterprises.count)


@pytest.fixture
def registers(db, pack):
    """The pack's registers and elements, without its published figures."""
    registry_pack.load(pack, lambda _: None)
    if not Element.objects.exists():
        Element.objects.bulk_create(
            Element(**{name: row[name] for name in ("code", "name", "unit", "kind", "aggregation", "decimals")})
            for row in pack.yaml("elements.yaml")
        )
