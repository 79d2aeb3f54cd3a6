"""Facts 事实 and how they come in."""

from .collection import CollectionForm, CollectionItem, Report, ReportStatus
from .element import SUBJECT_CODES, Aggregation, Element, ElementKind, SubjectKind
from .fact import SUBJECT_MODELS, BatchKind, Fact, FactBatch, Source
from .job import ImportJob, JobStatus

__all__ = [
    "SUBJECT_CODES",
    "SUBJECT_MODELS",
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
    "SubjectKind",
]
