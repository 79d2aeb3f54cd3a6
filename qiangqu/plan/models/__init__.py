"""The plan 计划: targets, measures, who answers for them, what they report, and documents under review."""

from .assessment import AssessmentRule
from .document import CompiledItem, Decision, ItemKind, PlanDocument, PlanUpload, UploadStatus
from .plan import Measure, Plan, Responsibility, UnitRole
from .progress import ProgressReport
from .target import Allocation, Effort, Milestone, PathShape, Target, TargetForecast, TargetKind

__all__ = [
    "Allocation",
    "AssessmentRule",
    "CompiledItem",
    "Decision",
    "Effort",
    "ItemKind",
    "Measure",
    "Milestone",
    "PathShape",
    "Plan",
    "PlanDocument",
    "PlanUpload",
    "ProgressReport",
    "Responsibility",
    "Target",
    "TargetForecast",
    "TargetKind",
    "UnitRole",
    "UploadStatus",
]
