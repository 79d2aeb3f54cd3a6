"""Safety: random inspections, check-lists, hazards, risk points, major hazard sources, work permits, duties."""

from . import chemicals, duties, hazards, inspections, permits, risks

__all__ = ["chemicals", "duties", "hazards", "inspections", "permits", "risks"]
