"""The parts of this site, in order: a part stands after those that it builds on. This list is all that names
them.
"""

PARTS = (
    "qiangqu.ui",
    "qiangqu.lake",
    "qiangqu.registry",
    "qiangqu.messaging",
    "qiangqu.records",
    "qiangqu.facts",
    "qiangqu.formulas",
    "qiangqu.schemes",
    "qiangqu.cases",
    "qiangqu.plan",
    "qiangqu_demo.simulation",
    "qiangqu.telemetry",
    "qiangqu.federation",
    "qiangqu.domains.environment",
    "qiangqu.domains.office",
    "qiangqu.domains.land",
    "qiangqu.domains.safety",
    "qiangqu.domains.vehicles",
    "qiangqu.domains.emergency",
    "qiangqu.domains.enterprises",
    "qiangqu.domains.policies",
    "qiangqu.domains.assessment",
    "qiangqu.domains.crosscheck",
    "qiangqu.site",
)
