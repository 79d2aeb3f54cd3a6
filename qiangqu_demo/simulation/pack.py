"""What a demonstration takes from a pack: simulation.yaml, which only `qiangqu simulate zones` uses, and the
script of cases.
"""

from qiangqu.base.errors import InputError
from qiangqu.base.packs import Finding, Pack, Report
from qiangqu.cases.pack import read_kinds

from .. import cases
from .frame import read_frame
from .parameters import FILE, read_parameters


def check(pack: Pack) -> list[Finding]:
    """The first fault of the parameters, and where the script of cases does not fit the pack's kinds."""
    return _of_parameters(pack) + cases.check(pack, read_kinds(pack)[0])


def _of_parameters(pack: Pack) -> list[Finding]:
    """The first fault of the parameters; a warning when the pack has none."""
    if not pack.has(FILE):
        return [Finding("warning", FILE, "", "没有模拟参数，不能用 qiangqu simulate zones 生成演示数据")]
    try:
        read_frame(pack, read_parameters(pack))
    except InputError as error:
        return [Finding("error", FILE, error.where, error.message)]
    return []


def load(pack: Pack, report: Report) -> None:
    """Nothing: simulated data is made on demand only."""
