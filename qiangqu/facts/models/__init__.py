"""Facts 事实 and how they come in."""

from .collection import CollectionForm, CollectionItem, Report, ReportStatus
from .element import Aggregation, Element, ElementKind
from .fact import BatchKind, Fact, FactBatch, Source
from .job import ImportJob, JobStatus

__all__ = [
    "Aggregation",
    "BatchKind",
    "CollectionForm",
    "CollectionItem",
    "Element",
    "ElementKind",
    "Fact",
    "FactBatch",
    "ImportJob",
    "JobStatus",
    "Report",
    "ReportStatus",
    "Source",
]
