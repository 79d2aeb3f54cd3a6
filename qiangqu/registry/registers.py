"""The registers of this part: areas, organisations, parcels, projects, recognitions, code lists, audit
trail.
"""

from django.utils.translation import gettext_lazy as _

from qiangqu.ui.registers import Register
from qiangqu.ui.registers.declare import Choice

from .audit import ACTION_WORDS, ObjectWords
from .models import (
    Area,
    AuditEntry,
    Industry,
    Node,
    Organisation,
    OwnRole,
    Parcel,
    Project,
    ProjectKind,
    Recognition,
    RecognitionKind,
    Role,
    User,
)
from .models.user import UserQuerySet, holding
from .role_form import RoleForm
from .roles import PERMISSIONS, Action
from .user_form import UserForm

AREAS = Register(
    code="areas",
    model=Area,
    heading=_("区域与园区"),
    columns=("name", "code", "level", "kind", "parent", "lon", "lat", "valid_from", "valid_to"),
    shown=("name", "code", "level", "kind", "parent", "valid_from"),
    filters=("level", "parent"),
    search_fields=("code", "name", "short_name"),
    form_fields=(
        "code",
        "name",
        "short_name",
        "level",
        "kind",
        "parent",
        "lon",
        "lat",
        "valid_from",
        "valid_to",
        "source_url",
        "note",
    ),
    units={"lon": "°", "lat": "°"},
    decimals={"lon": 2, "lat": 2},
    action_view=Action.VIEW,
    action_edit=Action.EDIT_CODE_LISTS,
)
ORGANISATIONS = Register(
    code="organisations",
    model=Organisation,
    heading=_("单位名录"),
    columns=(
        "name", "code", "uscc", "kind", "area", "sector", "chain", "industry_code", "scale", "ownership", "short_name",
        "aliases", "valid_from", "valid_to",
    ),
    shown=("name", "code", "kind", "area", "sector", "scale", "valid_from"),
    filters=("kind", "sector", "chain", "scale", "simulated"),
    search_fields=("name", "code", "uscc", "short_name", "aliases"),
    form_fields=(
        "code", "uscc", "name", "short_name", "aliases", "kind", "area", "industry_code", "sector", "chain", "scale",
        "ownership", "valid_from", "valid_to", "note",
    ),
    action_view=Action.VIEW,
    action_edit=Action.EDIT_REGISTERS,
)  # fmt: skip
PARCELS = Register(
    code="parcels",
    model=Parcel,
    columns=("code", "area", "holder", "land_area", "use", "status", "valid_from", "valid_to"),
    filters=("status", "use", "land_area"),
    search_fields=("code", "holder__name", "use"),
    form_fields=("code", "area", "holder", "land_area", "use", "status", "valid_from", "valid_to", "note"),
    pickers=("holder",),
    units={"land_area": "亩"},
    decimals={"land_area": 1},
    action_view=Action.VIEW,
    action_edit=Action.EDIT_REGISTERS,
)
PROJECTS = Register(
    code="projects",
    model=Project,
    heading=_("项目库"),
    columns=(
        "name", "code", "kind", "area", "owner", "sector", "stage", "planned_investment", "valid_from", "started_on",
        "finished_on", "accepted_on",
    ),
    shown=("name", "kind", "area", "owner", "stage", "planned_investment", "started_on"),
    filters=("kind", "sector", "stage", "started_on"),
    search_fields=("name", "code", "owner__name"),
    form_fields=(
        "code", "name", "kind", "area", "owner", "sector", "stage", "planned_investment", "valid_from", "started_on",
        "finished_on", "accepted_on", "valid_to", "note",
    ),
    pickers=("owner",),
    units={"planned_investment": "万元"},
    decimals={"planned_investment": 0},
    action_view=Action.VIEW,
    action_edit=Action.EDIT_REGISTERS,
)  # fmt: skip
RECOGNITIONS = Register(
    code="recognitions",
    model=Recognition,
    columns=("holder", "kind", "subject_name", "certificate", "document_number", "valid_from", "valid_to"),
    filters=("kind", "valid_from", "valid_to"),
    search_fields=("holder__name", "holder__code", "subject_name", "certificate", "document_number"),
    form_fields=("kind", "holder", "subject_name", "certificate", "document_number", "valid_from", "valid_to", "note"),
    key=("kind", "holder", "valid_from", "subject_name"),
    pickers=("holder",),
    action_view=Action.VIEW,
    action_edit=Action.EDIT_REGISTERS,
)
INDUSTRIES = Register(
    code="industries",
    model=Industry,
    columns=("name", "code", "parent"),
    filters=("parent",),
    search_fields=("code", "name"),
    form_fields=("code", "name", "parent"),
    action_view=Action.VIEW,
    action_edit=Action.EDIT_CODE_LISTS,
)
RECOGNITION_KINDS = Register(
    code="recognition-kinds",
    model=RecognitionKind,
    columns=("name", "code", "level", "issuer", "validity_years", "source"),
    filters=("level",),
    search_fields=("code", "name", "issuer"),
    form_fields=("code", "name", "level", "issuer", "validity_years", "source"),
    action_view=Action.VIEW,
    action_edit=Action.EDIT_CODE_LISTS,
)
PROJECT_KINDS = Register(
    code="project-kinds",
    model=ProjectKind,
    columns=("name", "code", "source"),
    search_fields=("code", "name"),
    form_fields=("code", "name", "source"),
    action_view=Action.VIEW,
    action_edit=Action.EDIT_CODE_LISTS,
)
AUDIT = Register(
    code="audit",
    model=AuditEntry,
    columns=("at", "user", "action", "object_type", "object_id", "area_path", "origin", "detail"),
    shown=("at", "user", "action", "object_type", "object_id", "area_path"),
    filters=("action", "object_type", "at"),
    search_fields=("action", "object_type", "object_id", "user__username"),
    searchable=False,
    words={"action": ACTION_WORDS, "object_type": ObjectWords()},
    action_view=Action.READ_AUDIT,
    intro=_("每一次写入、登录和授权都在这里，前后相扣，改动或删除会被发现（qiangqu audit verify）。"),
)
NODES = Register(
    code="nodes",
    model=Node,
    columns=("code", "name"),
    search_fields=("code", "name"),
    searchable=False,
    action_view=Action.READ_AUDIT,
    intro=_("节点代码写在办件编号和审计记录里，用过之后不能再改；名称由运行维护人员在命令行改，见安装手册。"),
)

USERS = Register(
    code="users",
    model=User,
    columns=("username", "display_name", "posts_told", "is_active", "last_login"),
    filters=("is_active",),
    told={"posts_told": _("岗位")},
    choices={"role": Choice(_("角色"), Role.choices, holding)},
    read_along=UserQuerySet.with_posts,
    picks={"organisation": Organisation},
    search_fields=("username", "display_name"),
    form_fields=("username", "display_name", "email", "is_active"),
    key=("username",),
    ordering=("username",),
    action_view=Action.MANAGE_USERS,
    action_edit=Action.MANAGE_USERS,
    action_create=Action.MANAGE_ACCOUNTS,
    form=UserForm,
    importable=False,
)

OWN_ROLES = Register(
    code="own-roles",
    model=OwnRole,
    columns=("name", "code", "name_en", "base", "permissions_told", "description", "valid_from", "valid_to"),
    shown=("name", "base", "permissions_told", "description", "valid_from", "valid_to"),
    told={"permissions_told": _("权限数")},
    search_fields=("code", "name", "name_en"),
    searchable=False,
    form_fields=("code", "name", "name_en", "description", "valid_from", "valid_to", "note", "permissions"),
    words={"permissions": {code: one.title for code, one in PERMISSIONS.items()}},
    action_view=Action.MANAGE_USERS,
    action_edit=Action.MANAGE_ROLES,
    form=RoleForm,
    creatable=False,
    importable=False,
    intro=_("本节点自己的角色：以一个内置角色为基础选定权限，在“角色与权限”页新建。"),
)

REGISTERS = (
    AREAS,
    ORGANISATIONS,
    PARCELS,
    PROJECTS,
    RECOGNITIONS,
    INDUSTRIES,
    RECOGNITION_KINDS,
    PROJECT_KINDS,
    USERS,
    OWN_ROLES,
    NODES,
    AUDIT,
)
