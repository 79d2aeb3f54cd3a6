"""All tables of the part for a new node, in place of the steps by which they came about."""

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import qiangqu.base.identity
import qiangqu.base.many_models


class Migration(migrations.Migration):
    replaces = [("land", "0001_initial"), ("land", "0002_promises"), ("land", "0003_evidence"), ("land", "0004_zones")]

    initial = True

    dependencies = [
        ("cases", "0001_new_node"),
        ("registry", "0001_new_node"),
    ]

    operations = [
        qiangqu.base.many_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Boundary",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "uid",
                            models.UUIDField(
                                default=qiangqu.base.identity.uid7, editable=False, unique=True, verbose_name="全局标识"
                            ),
                        ),
                        (
                            "origin",
                            models.ForeignKey(
                                db_index=False,
                                default=1,
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.node",
                                verbose_name="来源节点",
                            ),
                        ),
                        (
                            "parcel",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="boundaries",
                                to="registry.parcel",
                                verbose_name="宗地",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="boundaries",
                                to="registry.area",
                                verbose_name="园区",
                            ),
                        ),
                        ("valid_from", models.DateField(verbose_name="起始日期")),
                        ("valid_to", models.DateField(blank=True, null=True, verbose_name="终止日期")),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤回时间")),
                        ("shape", models.BinaryField(verbose_name="界址")),
                        ("west", models.FloatField(verbose_name="西")),
                        ("south", models.FloatField(verbose_name="南")),
                        ("east", models.FloatField(verbose_name="东")),
                        ("north", models.FloatField(verbose_name="北")),
                        ("plane_area", models.FloatField(verbose_name="平面面积")),
                        ("geodesic_area", models.FloatField(verbose_name="椭球面积")),
                        ("system", models.CharField(blank=True, max_length=80, verbose_name="原坐标系")),
                        ("reason", models.CharField(blank=True, max_length=200, verbose_name="依据")),
                        (
                            "entered_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="录入人",
                            ),
                        ),
                        ("entered_at", models.DateTimeField(auto_now_add=True, verbose_name="录入时间")),
                        ("file_name", models.CharField(blank=True, max_length=160, verbose_name="来自文件")),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "界址",
                        "verbose_name_plural": "界址",
                        "ordering": ["-valid_from", "-pk"],
                        "indexes": [
                            models.Index(fields=["west", "east", "south", "north"], name="land_boundary_extent"),
                            models.Index(fields=["-plane_area"], name="land_boundary_large"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("parcel__isnull", True), ("area__isnull", True), _connector="XOR"),
                                name="land_boundary_of_one",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Descent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="land_children",
                                to="registry.parcel",
                                verbose_name="原宗地",
                            ),
                        ),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="land_parents",
                                to="registry.parcel",
                                verbose_name="新宗地",
                            ),
                        ),
                        ("day", models.DateField(verbose_name="日期")),
                        ("document", models.CharField(blank=True, max_length=200, verbose_name="依据")),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "宗地沿革",
                        "verbose_name_plural": "宗地沿革",
                        "ordering": ["-day", "parent__code", "child__code"],
                        "constraints": [models.UniqueConstraint(fields=("parent", "child"), name="land_descent_once")],
                    },
                ),
                migrations.CreateModel(
                    name="BoundaryImport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "uid",
                            models.UUIDField(
                                default=qiangqu.base.identity.uid7, editable=False, unique=True, verbose_name="全局标识"
                            ),
                        ),
                        (
                            "origin",
                            models.ForeignKey(
                                db_index=False,
                                default=1,
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.node",
                                verbose_name="来源节点",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.area",
                                verbose_name="园区",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("parcel", "宗地界址"), ("zone", "园区四至")],
                                default="parcel",
                                max_length=8,
                                verbose_name="内容",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("checked", "待确认"), ("stored", "已入库"), ("dropped", "已放弃")],
                                default="checked",
                                max_length=8,
                                verbose_name="状态",
                            ),
                        ),
                        ("file_name", models.CharField(max_length=160, verbose_name="文件")),
                        ("day", models.DateField(verbose_name="界址生效日期")),
                        ("reason", models.CharField(blank=True, max_length=200, verbose_name="依据")),
                        ("settings", models.JSONField(blank=True, default=dict, verbose_name="读取方式")),
                        ("found", models.JSONField(blank=True, default=dict, verbose_name="检查结果")),
                        ("staged", models.BinaryField(default=b"", verbose_name="界址")),
                        ("features", models.PositiveIntegerField(default=0, verbose_name="图形")),
                        ("rejected", models.PositiveIntegerField(default=0, verbose_name="不能入库")),
                        ("stored", models.PositiveIntegerField(default=0, verbose_name="入库")),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="上传人",
                            ),
                        ),
                        ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="上传时间")),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "界址导入",
                        "verbose_name_plural": "界址导入",
                        "ordering": ["-pk"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalLandContract",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("recorded_at", models.DateTimeField(auto_now_add=True, verbose_name="录入时间")),
                        ("valid_from", models.DateField(db_index=True, verbose_name="起始日期")),
                        (
                            "valid_to",
                            models.DateField(
                                blank=True, help_text="最后一天；空表示仍有效", null=True, verbose_name="终止日期"
                            ),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="备注")),
                        ("number", models.CharField(db_index=True, max_length=60, verbose_name="合同编号")),
                        (
                            "mode",
                            models.CharField(
                                choices=[
                                    ("grant", "出让"),
                                    ("allocation", "划拨"),
                                    ("long_lease", "长期租赁"),
                                    ("lease_then_grant", "先租后让"),
                                    ("flexible_term", "弹性年期出让"),
                                ],
                                default="grant",
                                max_length=20,
                                verbose_name="供应方式",
                            ),
                        ),
                        ("signed_on", models.DateField(blank=True, null=True, verbose_name="签订日期")),
                        ("price", models.FloatField(blank=True, null=True, verbose_name="价款")),
                        ("start_by", models.DateField(blank=True, null=True, verbose_name="约定开工日期")),
                        ("finish_by", models.DateField(blank=True, null=True, verbose_name="约定竣工日期")),
                        ("ends_on", models.DateField(blank=True, null=True, verbose_name="到期日期")),
                        ("investment", models.FloatField(blank=True, null=True, verbose_name="约定总投资")),
                        ("output_per_mu", models.FloatField(blank=True, null=True, verbose_name="约定亩均产值")),
                        ("tax_per_mu", models.FloatField(blank=True, null=True, verbose_name="约定亩均税收")),
                        ("far_min", models.FloatField(blank=True, null=True, verbose_name="约定容积率下限")),
                        ("handover_by", models.DateField(blank=True, null=True, verbose_name="约定交地日期")),
                        ("operate_by", models.DateField(blank=True, null=True, verbose_name="约定投产日期")),
                        ("review_by", models.DateField(blank=True, null=True, verbose_name="约定达产复核日期")),
                        ("convert_by", models.DateField(blank=True, null=True, verbose_name="转出让审查日期")),
                        ("investment_per_mu", models.FloatField(blank=True, null=True, verbose_name="约定投资强度")),
                        ("handed_over_on", models.DateField(blank=True, null=True, verbose_name="实际交地日期")),
                        ("started_on", models.DateField(blank=True, null=True, verbose_name="实际开工日期")),
                        ("stopped_on", models.DateField(blank=True, null=True, verbose_name="中止建设日期")),
                        ("finished_on", models.DateField(blank=True, null=True, verbose_name="实际竣工日期")),
                        ("operated_on", models.DateField(blank=True, null=True, verbose_name="实际投产日期")),
                        ("invested", models.FloatField(blank=True, null=True, verbose_name="已投资")),
                        ("built_share", models.FloatField(blank=True, null=True, verbose_name="已动工面积占比")),
                        ("far", models.FloatField(blank=True, null=True, verbose_name="实际容积率")),
                        (
                            "parcel",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.parcel",
                                verbose_name="宗地",
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="cases.case",
                                verbose_name="供地办件",
                            ),
                        ),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical 土地合同",
                        "verbose_name_plural": "historical 土地合同",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="LandContract",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("valid_from", models.DateField(db_index=True, verbose_name="起始日期")),
                        (
                            "valid_to",
                            models.DateField(
                                blank=True, help_text="最后一天；空表示仍有效", null=True, verbose_name="终止日期"
                            ),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="备注")),
                        ("number", models.CharField(max_length=60, unique=True, verbose_name="合同编号")),
                        (
                            "parcel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contracts",
                                to="registry.parcel",
                                verbose_name="宗地",
                            ),
                        ),
                        (
                            "mode",
                            models.CharField(
                                choices=[
                                    ("grant", "出让"),
                                    ("allocation", "划拨"),
                                    ("long_lease", "长期租赁"),
                                    ("lease_then_grant", "先租后让"),
                                    ("flexible_term", "弹性年期出让"),
                                ],
                                default="grant",
                                max_length=20,
                                verbose_name="供应方式",
                            ),
                        ),
                        ("signed_on", models.DateField(blank=True, null=True, verbose_name="签订日期")),
                        ("price", models.FloatField(blank=True, null=True, verbose_name="价款")),
                        ("start_by", models.DateField(blank=True, null=True, verbose_name="约定开工日期")),
                        ("finish_by", models.DateField(blank=True, null=True, verbose_name="约定竣工日期")),
                        ("ends_on", models.DateField(blank=True, null=True, verbose_name="到期日期")),
                        ("investment", models.FloatField(blank=True, null=True, verbose_name="约定总投资")),
                        ("output_per_mu", models.FloatField(blank=True, null=True, verbose_name="约定亩均产值")),
                        ("tax_per_mu", models.FloatField(blank=True, null=True, verbose_name="约定亩均税收")),
                        ("far_min", models.FloatField(blank=True, null=True, verbose_name="约定容积率下限")),
                        ("handover_by", models.DateField(blank=True, null=True, verbose_name="约定交地日期")),
                        ("operate_by", models.DateField(blank=True, null=True, verbose_name="约定投产日期")),
                        ("review_by", models.DateField(blank=True, null=True, verbose_name="约定达产复核日期")),
                        ("convert_by", models.DateField(blank=True, null=True, verbose_name="转出让审查日期")),
                        ("investment_per_mu", models.FloatField(blank=True, null=True, verbose_name="约定投资强度")),
                        ("handed_over_on", models.DateField(blank=True, null=True, verbose_name="实际交地日期")),
                        ("started_on", models.DateField(blank=True, null=True, verbose_name="实际开工日期")),
                        ("stopped_on", models.DateField(blank=True, null=True, verbose_name="中止建设日期")),
                        ("finished_on", models.DateField(blank=True, null=True, verbose_name="实际竣工日期")),
                        ("operated_on", models.DateField(blank=True, null=True, verbose_name="实际投产日期")),
                        ("invested", models.FloatField(blank=True, null=True, verbose_name="已投资")),
                        ("built_share", models.FloatField(blank=True, null=True, verbose_name="已动工面积占比")),
                        ("far", models.FloatField(blank=True, null=True, verbose_name="实际容积率")),
                        (
                            "case",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="land_contracts",
                                to="cases.case",
                                verbose_name="供地办件",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "土地合同",
                        "verbose_name_plural": "土地合同",
                        "ordering": ["number"],
                    },
                ),
                migrations.CreateModel(
                    name="Obligation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "contract",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="obligations",
                                to="land.landcontract",
                                verbose_name="土地合同",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("handover", "交地"),
                                    ("start", "开工"),
                                    ("finish", "竣工"),
                                    ("operate", "投产"),
                                    ("investment", "总投资"),
                                    ("intensity", "投资强度"),
                                    ("far", "容积率"),
                                    ("output", "亩均产值"),
                                    ("tax", "亩均税收"),
                                    ("convert", "先租后让转出让审查"),
                                    ("end", "期限届满"),
                                ],
                                max_length=12,
                                verbose_name="履约事项",
                            ),
                        ),
                        ("due_on", models.DateField(blank=True, null=True, verbose_name="约定期限")),
                        ("value", models.FloatField(blank=True, null=True, verbose_name="约定不低于")),
                        ("unit", models.CharField(blank=True, max_length=12, verbose_name="单位")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("pending", "待履行"),
                                    ("met", "已履行"),
                                    ("short", "未达约定"),
                                    ("noticed", "已催告，限期整改"),
                                    ("penalised", "已追究违约责任"),
                                    ("taken_back", "已收回土地"),
                                    ("released", "已免除或终止"),
                                ],
                                default="pending",
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                        ("done_on", models.DateField(blank=True, null=True, verbose_name="履行日期")),
                        ("actual", models.FloatField(blank=True, null=True, verbose_name="实际")),
                        ("remedy_by", models.DateField(blank=True, null=True, verbose_name="整改期限")),
                        ("penalty", models.FloatField(blank=True, null=True, verbose_name="违约金")),
                        ("decision", models.CharField(blank=True, max_length=300, verbose_name="文号与说明")),
                        ("decided_on", models.DateField(blank=True, null=True, verbose_name="办理日期")),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "履约事项",
                        "verbose_name_plural": "履约事项",
                        "ordering": ["due_on", "pk"],
                        "constraints": [
                            models.UniqueConstraint(fields=("contract", "kind"), name="land_obligation_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ClockStop",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "uid",
                            models.UUIDField(
                                default=qiangqu.base.identity.uid7, editable=False, unique=True, verbose_name="全局标识"
                            ),
                        ),
                        (
                            "origin",
                            models.ForeignKey(
                                db_index=False,
                                default=1,
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.node",
                                verbose_name="来源节点",
                            ),
                        ),
                        (
                            "contract",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stops",
                                to="land.landcontract",
                                verbose_name="土地合同",
                            ),
                        ),
                        ("first", models.DateField(verbose_name="停算起")),
                        ("last", models.DateField(blank=True, null=True, verbose_name="停算止")),
                        ("cause", models.CharField(max_length=200, verbose_name="原因")),
                        (
                            "entered_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="录入人",
                            ),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "停算期间",
                        "verbose_name_plural": "停算期间",
                        "ordering": ["first", "pk"],
                    },
                ),
                migrations.CreateModel(
                    name="Evidence",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "uid",
                            models.UUIDField(
                                default=qiangqu.base.identity.uid7, editable=False, unique=True, verbose_name="全局标识"
                            ),
                        ),
                        (
                            "origin",
                            models.ForeignKey(
                                db_index=False,
                                default=1,
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.node",
                                verbose_name="来源节点",
                            ),
                        ),
                        (
                            "parcel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="evidence",
                                to="registry.parcel",
                                verbose_name="宗地",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("permit", "施工许可"),
                                    ("imagery", "影像"),
                                    ("visit", "现场踏勘"),
                                    ("investment", "入库投资"),
                                ],
                                max_length=12,
                                verbose_name="来源",
                            ),
                        ),
                        ("day", models.DateField(verbose_name="日期")),
                        (
                            "shows",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("building", "在施工"),
                                    ("vacant", "未见施工，空地"),
                                    ("stopped", "停工"),
                                    ("working", "在生产"),
                                    ("unused", "建成未用"),
                                ],
                                max_length=12,
                                verbose_name="情况",
                            ),
                        ),
                        ("built_share", models.FloatField(blank=True, null=True, verbose_name="已动工面积占比")),
                        ("invested", models.FloatField(blank=True, null=True, verbose_name="累计投资")),
                        ("source", models.CharField(max_length=200, verbose_name="出处")),
                        (
                            "entered_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="录入人",
                            ),
                        ),
                        ("entered_at", models.DateTimeField(auto_now_add=True, verbose_name="录入时间")),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤回时间")),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "用地证据",
                        "verbose_name_plural": "用地证据",
                        "ordering": ["-day", "-pk"],
                    },
                ),
                migrations.CreateModel(
                    name="Clue",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "uid",
                            models.UUIDField(
                                default=qiangqu.base.identity.uid7, editable=False, unique=True, verbose_name="全局标识"
                            ),
                        ),
                        (
                            "origin",
                            models.ForeignKey(
                                db_index=False,
                                default=1,
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.node",
                                verbose_name="来源节点",
                            ),
                        ),
                        (
                            "parcel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="clues",
                                to="registry.parcel",
                                verbose_name="宗地",
                            ),
                        ),
                        (
                            "contract",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="clues",
                                to="land.landcontract",
                                verbose_name="土地合同",
                            ),
                        ),
                        ("rule", models.CharField(max_length=40, verbose_name="规则")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("suspected", "线索"),
                                    ("investigated", "调查中"),
                                    ("determined", "已认定"),
                                    ("fee", "已征缴闲置费"),
                                    ("extended", "已延期"),
                                    ("taken_back", "已收回"),
                                    ("supplied", "已重新供应"),
                                    ("dismissed", "不属闲置低效"),
                                ],
                                default="suspected",
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                        ("found_on", models.DateField(verbose_name="发现日期")),
                        ("evidence", models.JSONField(default=list, verbose_name="证据")),
                        ("days", models.PositiveIntegerField(blank=True, null=True, verbose_name="已计天数")),
                        (
                            "cause",
                            models.CharField(
                                blank=True,
                                choices=[("holder", "使用权人原因"), ("government", "政府原因或不可抗力")],
                                max_length=12,
                                verbose_name="原因",
                            ),
                        ),
                        ("due_on", models.DateField(blank=True, null=True, verbose_name="期限")),
                        ("objection", models.TextField(blank=True, max_length=2000, verbose_name="使用权人的说明")),
                        ("decision", models.CharField(blank=True, max_length=300, verbose_name="决定文号与理由")),
                        ("decided_on", models.DateField(blank=True, null=True, verbose_name="决定日期")),
                        ("fee", models.FloatField(blank=True, null=True, verbose_name="闲置费")),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "闲置低效线索",
                        "verbose_name_plural": "闲置低效线索",
                        "ordering": ["-found_on", "-pk"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalInfrastructureProject",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("recorded_at", models.DateTimeField(auto_now_add=True, verbose_name="录入时间")),
                        ("valid_from", models.DateField(db_index=True, verbose_name="起始日期")),
                        (
                            "valid_to",
                            models.DateField(
                                blank=True, help_text="最后一天；空表示仍有效", null=True, verbose_name="终止日期"
                            ),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="备注")),
                        ("code", models.CharField(db_index=True, max_length=40, verbose_name="代码")),
                        ("name", models.CharField(max_length=120, verbose_name="名称")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("road", "道路"),
                                    ("water", "供水"),
                                    ("drainage", "排水和污水处理"),
                                    ("power", "供电"),
                                    ("heat", "供热供汽"),
                                    ("gas", "供气"),
                                    ("telecom", "通信"),
                                    ("waste", "固废处置"),
                                    ("safety", "消防和应急"),
                                    ("building", "标准厂房和配套"),
                                ],
                                max_length=12,
                                verbose_name="类别",
                            ),
                        ),
                        (
                            "stage",
                            models.CharField(
                                choices=[
                                    ("reserve", "储备"),
                                    ("approved", "立项"),
                                    ("building", "在建"),
                                    ("finished", "完工"),
                                    ("handed_over", "移交"),
                                ],
                                default="reserve",
                                max_length=12,
                                verbose_name="阶段",
                            ),
                        ),
                        ("total", models.FloatField(verbose_name="总投资")),
                        ("year_plan", models.FloatField(blank=True, null=True, verbose_name="当年计划投资")),
                        ("year_done", models.FloatField(blank=True, null=True, verbose_name="当年完成投资")),
                        ("invested", models.FloatField(default=0, verbose_name="累计完成投资")),
                        ("progress", models.FloatField(default=0, verbose_name="形象进度")),
                        ("start_by", models.DateField(blank=True, null=True, verbose_name="计划开工")),
                        ("finish_by", models.DateField(blank=True, null=True, verbose_name="计划完工")),
                        ("started_on", models.DateField(blank=True, null=True, verbose_name="实际开工")),
                        ("finished_on", models.DateField(blank=True, null=True, verbose_name="实际完工")),
                        ("funding", models.CharField(blank=True, max_length=200, verbose_name="资金来源")),
                        ("serves", models.CharField(blank=True, max_length=300, verbose_name="服务的宗地或项目")),
                        ("blocked_by", models.CharField(blank=True, max_length=300, verbose_name="受阻原因")),
                        (
                            "area",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.area",
                                verbose_name="园区",
                            ),
                        ),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical 基础设施项目",
                        "verbose_name_plural": "historical 基础设施项目",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="InfrastructureProject",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("valid_from", models.DateField(db_index=True, verbose_name="起始日期")),
                        (
                            "valid_to",
                            models.DateField(
                                blank=True, help_text="最后一天；空表示仍有效", null=True, verbose_name="终止日期"
                            ),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="备注")),
                        ("code", models.CharField(max_length=40, unique=True, verbose_name="代码")),
                        ("name", models.CharField(max_length=120, verbose_name="名称")),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.area",
                                verbose_name="园区",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("road", "道路"),
                                    ("water", "供水"),
                                    ("drainage", "排水和污水处理"),
                                    ("power", "供电"),
                                    ("heat", "供热供汽"),
                                    ("gas", "供气"),
                                    ("telecom", "通信"),
                                    ("waste", "固废处置"),
                                    ("safety", "消防和应急"),
                                    ("building", "标准厂房和配套"),
                                ],
                                max_length=12,
                                verbose_name="类别",
                            ),
                        ),
                        (
                            "stage",
                            models.CharField(
                                choices=[
                                    ("reserve", "储备"),
                                    ("approved", "立项"),
                                    ("building", "在建"),
                                    ("finished", "完工"),
                                    ("handed_over", "移交"),
                                ],
                                default="reserve",
                                max_length=12,
                                verbose_name="阶段",
                            ),
                        ),
                        ("total", models.FloatField(verbose_name="总投资")),
                        ("year_plan", models.FloatField(blank=True, null=True, verbose_name="当年计划投资")),
                        ("year_done", models.FloatField(blank=True, null=True, verbose_name="当年完成投资")),
                        ("invested", models.FloatField(default=0, verbose_name="累计完成投资")),
                        ("progress", models.FloatField(default=0, verbose_name="形象进度")),
                        ("start_by", models.DateField(blank=True, null=True, verbose_name="计划开工")),
                        ("finish_by", models.DateField(blank=True, null=True, verbose_name="计划完工")),
                        ("started_on", models.DateField(blank=True, null=True, verbose_name="实际开工")),
                        ("finished_on", models.DateField(blank=True, null=True, verbose_name="实际完工")),
                        ("funding", models.CharField(blank=True, max_length=200, verbose_name="资金来源")),
                        ("serves", models.CharField(blank=True, max_length=300, verbose_name="服务的宗地或项目")),
                        ("blocked_by", models.CharField(blank=True, max_length=300, verbose_name="受阻原因")),
                    ],
                    options={
                        "verbose_name": "基础设施项目",
                        "verbose_name_plural": "基础设施项目",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalZoneAgreement",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("recorded_at", models.DateTimeField(auto_now_add=True, verbose_name="录入时间")),
                        ("valid_from", models.DateField(db_index=True, verbose_name="起始日期")),
                        (
                            "valid_to",
                            models.DateField(
                                blank=True, help_text="最后一天；空表示仍有效", null=True, verbose_name="终止日期"
                            ),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="备注")),
                        ("code", models.CharField(db_index=True, max_length=60, verbose_name="协议编号")),
                        ("name", models.CharField(max_length=120, verbose_name="名称")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("enclave", "飞地"), ("co_built", "共建园区")],
                                default="enclave",
                                max_length=12,
                                verbose_name="类别",
                            ),
                        ),
                        ("document", models.CharField(blank=True, max_length=200, verbose_name="文件")),
                        ("exit_rule", models.CharField(blank=True, max_length=300, verbose_name="退出约定")),
                        (
                            "area",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.area",
                                verbose_name="所在园区",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="空为整个园区",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="只限一家企业",
                            ),
                        ),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical 飞地协议",
                        "verbose_name_plural": "historical 飞地协议",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="ZoneAgreement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("valid_from", models.DateField(db_index=True, verbose_name="起始日期")),
                        (
                            "valid_to",
                            models.DateField(
                                blank=True, help_text="最后一天；空表示仍有效", null=True, verbose_name="终止日期"
                            ),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="备注")),
                        ("code", models.CharField(max_length=60, unique=True, verbose_name="协议编号")),
                        ("name", models.CharField(max_length=120, verbose_name="名称")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("enclave", "飞地"), ("co_built", "共建园区")],
                                default="enclave",
                                max_length=12,
                                verbose_name="类别",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.area",
                                verbose_name="所在园区",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                blank=True,
                                help_text="空为整个园区",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="只限一家企业",
                            ),
                        ),
                        ("document", models.CharField(blank=True, max_length=200, verbose_name="文件")),
                        ("exit_rule", models.CharField(blank=True, max_length=300, verbose_name="退出约定")),
                    ],
                    options={
                        "verbose_name": "飞地协议",
                        "verbose_name_plural": "飞地协议",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalAgreementShare",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("recorded_at", models.DateTimeField(auto_now_add=True, verbose_name="录入时间")),
                        ("valid_from", models.DateField(db_index=True, verbose_name="起始日期")),
                        (
                            "valid_to",
                            models.DateField(
                                blank=True, help_text="最后一天；空表示仍有效", null=True, verbose_name="终止日期"
                            ),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="备注")),
                        (
                            "what",
                            models.CharField(
                                choices=[("output", "产值"), ("tax", "税收"), ("energy", "能耗")],
                                max_length=8,
                                verbose_name="分成的指标",
                            ),
                        ),
                        ("percent", models.FloatField(verbose_name="比例")),
                        (
                            "agreement",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="land.zoneagreement",
                                verbose_name="飞地协议",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.area",
                                verbose_name="分给",
                            ),
                        ),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical 飞地分成",
                        "verbose_name_plural": "historical 飞地分成",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="AgreementShare",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("valid_from", models.DateField(db_index=True, verbose_name="起始日期")),
                        (
                            "valid_to",
                            models.DateField(
                                blank=True, help_text="最后一天；空表示仍有效", null=True, verbose_name="终止日期"
                            ),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="备注")),
                        (
                            "agreement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shares",
                                to="land.zoneagreement",
                                verbose_name="飞地协议",
                            ),
                        ),
                        (
                            "what",
                            models.CharField(
                                choices=[("output", "产值"), ("tax", "税收"), ("energy", "能耗")],
                                max_length=8,
                                verbose_name="分成的指标",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.area",
                                verbose_name="分给",
                            ),
                        ),
                        ("percent", models.FloatField(verbose_name="比例")),
                    ],
                    options={
                        "verbose_name": "飞地分成",
                        "verbose_name_plural": "飞地分成",
                        "ordering": ["agreement__code", "what", "valid_from", "area__path"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("agreement", "what", "area", "valid_from"), name="land_agreement_share_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("percent__gt", 0), ("percent__lte", 100)),
                                name="land_agreement_share_part",
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
