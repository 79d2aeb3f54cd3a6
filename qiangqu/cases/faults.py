"""What is wrong with the files of a case kind: one sentence for each fault, naming file and place."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from qiangqu.base.errors import InputError
from qiangqu.base.terms import clauses


@dataclass(frozen=True, slots=True)
class Fault:
    """``error`` keeps a kind from being saved, ``warning`` is a hint."""

    severity: Literal["error", "warning"]
    file: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.file} {self.where}：{self.message}".replace(" ：", "：")


class Faults(list[Fault]):
    """A list that faults are added to."""

    def error(self, file: str, where: str, message: str) -> None:
        self.append(Fault("error", file, where, message))

    def warn(self, file: str, where: str, message: str) -> None:
        self.append(Fault("warning", file, where, message))

    @property
    def errors(self) -> list[Fault]:
        return [fault for fault in self if fault.severity == "error"]


class KindError(InputError):
    """The files of a kind have faults; ``faults`` holds all of them."""

    def __init__(self, faults: Iterable[Fault], where: str = "") -> None:
        self.faults = [fault for fault in faults if fault.severity == "error"]
        shown = clauses(str(fault) for fault in self.faults[:5])
        super().__init__(f"事项定义有 {len(self.faults)} 处错误，未保存：{shown}", where=where)
