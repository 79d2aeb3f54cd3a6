"""Registers 名录: who and where."""

from .area import Area, AreaLevel
from .audit import AuditEntry
from .codelists import Industry, ProjectKind, RecognitionKind
from .node import HERE, Node, Travelling
from .organisation import Organisation, OrganisationKind, Scale
from .parcel import Parcel
from .project import Project, ProjectStage
from .recognition import Recognition
from .role import KEEPERS, OFFICES, OwnRole, Role
from .signing_in import ApiToken, KnownPlace, LoginFailure, SignIn
from .user import Post, Standing, User, access_ended, with_posts
from .wording import Wording

__all__ = [
    "HERE",
    "KEEPERS",
    "OFFICES",
    "ApiToken",
    "Area",
    "AreaLevel",
    "AuditEntry",
    "Industry",
    "KnownPlace",
    "LoginFailure",
    "Node",
    "Organisation",
    "OrganisationKind",
    "OwnRole",
    "Parcel",
    "Post",
    "Project",
    "ProjectKind",
    "ProjectStage",
    "Recognition",
    "RecognitionKind",
    "Role",
    "Scale",
    "SignIn",
    "Standing",
    "Travelling",
    "User",
    "Wording",
    "access_ended",
    "with_posts",
]
