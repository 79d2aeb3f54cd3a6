from pathlib import Path

import pytest

import qiangqu
from qiangqu.base.packs import Pack
from qiangqu_demo.simulation.frame import read_frame, window
from qiangqu_demo.simulation.parameters import read_parameters
from qiangqu_demo.simulation.twin import build

from .written import UNTIL, load_registers


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
    load_registers(pack)
