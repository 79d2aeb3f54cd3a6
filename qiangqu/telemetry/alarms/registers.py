"""The registers of alarms: rules, channels of notices."""

from django.utils.translation import gettext_lazy as _

from qiangqu.registry.models import Role
from qiangqu.registry.roles import Action
from qiangqu.ui.registers import Register

from .forms import ChannelForm, RuleForm
from .models import AlarmChannel, AlarmRule

ALARM_RULES = Register(
    code="alarm-rules",
    model=AlarmRule,
    columns=(
        "name", "code", "area", "enabled", "severity", "condition", "clear_condition", "limit", "factors", "intervals", "statistics",
        "devices", "delay_on", "delay_off", "grouping", "notify", "escalation", "valid_from", "valid_to",
    ),
    shown=("name", "code", "area", "enabled", "severity", "condition", "grouping"),
    filters=("enabled", "severity", "grouping"),
    search_fields=("name", "code", "condition"),
    form_fields=(
        "code", "name", "area", "condition", "clear_condition", "limit", "factors", "intervals", "statistics", "devices", "severity",
        "delay_on", "delay_off", "grouping", "notify", "escalation", "enabled", "valid_from", "valid_to", "note",
    ),
    verbatim=("condition", "clear_condition"),
    words={"notify": dict(Role.choices), "escalation": dict(Role.choices)},
    units={"delay_on": "秒", "delay_off": "秒"},
    form=RuleForm,
    intro=_("规则启用前先试算：按历史数据看它会报警多少次。"),
    action_view=Action.EDIT_ALARM_RULES,
    action_edit=Action.EDIT_ALARM_RULES,
)  # fmt: skip
ALARM_CHANNELS = Register(
    code="alarm-channels",
    model=AlarmChannel,
    columns=("name", "kind", "area", "severity", "enabled", "valid_from"),
    filters=("kind", "enabled"),
    search_fields=("name",),
    form_fields=("name", "kind", "area", "severity", "enabled", "valid_from", "valid_to", "note"),
    key=("name",),
    form=ChannelForm,
    importable=False,
    searchable=False,
    intro=_("企业微信、钉钉的群机器人。邮件不用在这里设：发给有邮箱、角色相符的用户。"),
    action_view=Action.EDIT_ALARM_RULES,
    action_edit=Action.EDIT_ALARM_RULES,
)
REGISTERS = (ALARM_RULES, ALARM_CHANNELS)
