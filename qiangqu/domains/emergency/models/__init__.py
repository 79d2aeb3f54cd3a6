from .drills import DrillKind, DrillState, EmergencyDrill, EmergencyFinding
from .events import (
    Answer,
    EmergencyEvent,
    EntryKind,
    EventCall,
    EventEntry,
    EventState,
    RequestKind,
    RequestState,
    ResourceRequest,
)
from .plans import EmergencyPlan, Grade, HazardKind, PlanCall, PlanKind, PlanStep
from .resources import (
    EmergencyEquipment,
    EmergencyPlace,
    EquipmentState,
    MovementKind,
    PlaceKind,
    PointKind,
    ProtectedPoint,
    RescueTeam,
    StockMovement,
    SupplyBatch,
    SupplyItem,
    TeamKind,
)
from .siting import RoadNetwork, Scenario, SitingModel, Weighting

__all__ = [
    "Answer", "DrillKind", "DrillState", "EmergencyDrill", "EmergencyEquipment", "EmergencyEvent", "EmergencyFinding", "EmergencyPlace",
    "EmergencyPlan", "EntryKind", "EquipmentState", "EventCall", "EventEntry", "EventState", "Grade", "HazardKind", "MovementKind",
    "PlaceKind", "PlanCall", "PlanKind", "PlanStep", "PointKind", "ProtectedPoint", "RequestKind", "RequestState", "RescueTeam",
    "ResourceRequest", "RoadNetwork", "Scenario", "SitingModel", "StockMovement", "SupplyBatch", "SupplyItem", "TeamKind", "Weighting",
]  # fmt: skip
