from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Api, Card, Check, Command, MenuItem, Middleware, Panel, Part, Permission

EVERYBODY = ("leader", "planner", "bureau", "zone", "inspector", "enterprise")
STAFF = ("planner", "bureau", "zone")

PART = Part(
    "registry",
    _("名录"),
    section="系统",
    permissions=(
        Permission(
            "view",
            _("查看管辖范围内的内容"),
            _("打开各名录、数据与监测页面；企业用户只看得到本单位的内容。"),
            EVERYBODY,
        ),
        Permission("edit_registers", _("维护名录"), _("新建、修改和导入单位、宗地、项目、设备等名录中的记录。"), STAFF),
        Permission(
            "edit_code_lists", _("维护区域树与代码表"), _("修改区域树、产业、认定类别和项目类别。"), ("planner",)
        ),
        Permission("manage_users", _("查看用户"), _("查看账号与岗位，办理其中自己的那一份。"), ("system", "security")),
        Permission(
            "manage_accounts",
            _("管理账号"),
            _("新建和停用账号，重设密码；提出的岗位要由能授权的人确认。"),
            ("system",),
        ),
        Permission("grant_posts", _("授予岗位"), _("给出、修改和结束岗位，确认别人提出的岗位。"), ("security",)),
        Permission("manage_roles", _("维护角色"), _("新建、修改和停用自定角色，开启三员分立。"), ("security",)),
        Permission(
            "read_audit", _("查看审计记录"), _("查看谁在什么时候做了什么，核对审计链。"), ("planner", "auditor")
        ),
    ),
    middleware=(
        Middleware("sessions:SessionRulesMiddleware", "user"),
        Middleware("middleware:ScopeMiddleware", "page", 50),
    ),
    menu=(
        MenuItem(_("区域与园区"), "areas-list", 20, "view", ("areas-",), section="园区"),
        MenuItem(_("宗地"), "parcels-list", 30, "view", ("parcels-",), section="园区"),
        MenuItem(_("产业与产业链"), "industries-list", 20, "view", ("industries-",), section="产业"),
        MenuItem(_("项目库"), "projects-list", 30, "view", ("projects-",), section="产业"),
        MenuItem(_("单位名录"), "organisations-list", 20, "view", ("organisations-",), section="企业"),
        MenuItem(_("认定"), "recognitions-list", 30, "view", ("recognitions-",), section="企业"),
        MenuItem(_("用户"), "users-list", 20, "manage_users", ("users-",)),
        MenuItem(_("角色与权限"), "roles", 25, "manage_users", ("own-roles-", "roles-")),
        MenuItem(_("待确认的岗位"), "posts-waiting", 26, "grant_posts"),
        MenuItem(_("认定类别"), "recognition-kinds-list", 40, "edit_code_lists", ("recognition-kinds-",)),
        MenuItem(_("项目类别"), "project-kinds-list", 41, "edit_code_lists", ("project-kinds-",)),
        MenuItem(_("节点"), "nodes-list", 80, "read_audit", ("nodes-",)),
        MenuItem(_("审计记录"), "audit-list", 90, "read_audit", ("audit-",)),
        MenuItem(_("核对审计链"), "audit-verify", 91, "read_audit"),
    ),
    cards=(
        Card("registers", "desk:registers", 50, "state", "view"),
        Card("posts-waiting", "desk:posts_waiting", 5, "todo", "grant_posts"),
        Card("accounts", "desk:accounts", 90, "todo", "manage_users"),
        Card("audit", "desk:audit", 91, "todo", "read_audit"),
    ),
    panels=(Panel("registry.OwnRole", "pages.roles:panel"),),
    pages="urls",
    api=Api("/registry", "名录"),
    commands=(
        Command("audit", "审计记录。", "commands:audit_group"),
        Command("separation", "三员分立：查看、开启、关闭。", "commands:separation_group"),
        Command("map", "底图：载入经审核的行政区划边界。", "commands:map_group"),
        Command("node", "本节点：代码与名称。", "commands:node_group"),
        Command("user", "用户。", "commands:user_group"),
    ),
    pack="pack",
    checks=(
        Check("beginnings", _("区域与管理员"), "doctor:beginnings"),
        Check("separation", _("三员分立"), "doctor:separation_kept"),
    ),
    registers=("registers:REGISTERS",),
    subjects="subjects:SUBJECTS",
    acts={
        "login": _("登录"),
        "login_blocked": _("登录被限制"),
        "password_changed": _("修改密码"),
        "token_created": _("新建接口令牌"),
        "token_deleted": _("删除接口令牌"),
        "session_ended": _("结束会话"),
        "access_ended": _("停用全部会话与令牌"),
        "unlocked": _("解除登录限制"),
        "create": _("新建"),
        "update": _("修改"),
        "import": _("导入"),
        "pack_loaded": _("载入数据包"),
        "user_created": _("新建用户"),
        "node_named": _("命名节点"),
        "map_loaded": _("载入底图"),
        "map_removed": _("撤下底图"),
        "post_confirmed": _("确认岗位"),
        "post_refused": _("不同意岗位"),
        "separation_on": _("开启三员分立"),
        "separation_off": _("关闭三员分立"),
        "audit_verified": _("核对审计链"),
    },
    joins={
        "ui.hooks": {
            "may": "roles:may",
            "record": "audit:record",
            "as_of": "models.history:as_of",
            "last_writer": "audit:last_writer",
            "area": "access:area_in_scope",
            "region": "access:region",
        }
    },
)
