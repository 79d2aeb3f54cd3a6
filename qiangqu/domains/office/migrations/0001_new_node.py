"""All tables of the part for a new node, in place of the steps by which they came about."""

import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import qiangqu.base.identity
import qiangqu.base.many_models


class Migration(migrations.Migration):
    replaces = [
        ("office", "0001_initial"),
        ("office", "0002_meetings"),
        ("office", "0003_body_posts"),
        ("office", "0004_identity"),
        ("office", "0005_records"),
    ]

    initial = True

    dependencies = [
        ("cases", "0001_new_node"),
        ("registry", "0001_new_node"),
    ]

    operations = [
        qiangqu.base.many_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name="HistoricalIssuingBody",
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
                            "name",
                            models.CharField(
                                db_index=True,
                                help_text="全称或规范化简称，用于署名",
                                max_length=60,
                                verbose_name="机关名称",
                            ),
                        ),
                        (
                            "mark",
                            models.CharField(
                                help_text="版头上的红字，如“××市工业和信息化局文件”（GB/T 9704—2012 7.2.4）",
                                max_length=40,
                                verbose_name="发文机关标志",
                            ),
                        ),
                        (
                            "code_word",
                            models.CharField(
                                db_index=True,
                                help_text="发文字号由代字、年份、顺序号组成（7.2.5）",
                                max_length=12,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[\\u4e00-\\u9fff]{2,12}\\Z", "代字是 2—12 个汉字"
                                    )
                                ],
                                verbose_name="发文机关代字",
                            ),
                        ),
                        (
                            "fonds",
                            models.CharField(
                                blank=True,
                                help_text="由同级档案馆给定，归档时用",
                                max_length=12,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[A-Za-z0-9]{1,12}\\Z", "全宗号由字母和数字组成"
                                    )
                                ],
                                verbose_name="全宗号",
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
                                verbose_name="区域",
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
                        "verbose_name": "historical 发文机关",
                        "verbose_name_plural": "historical 发文机关",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="IssuingBody",
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
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="issuing_bodies",
                                to="registry.area",
                                verbose_name="区域",
                            ),
                        ),
                        (
                            "name",
                            models.CharField(
                                help_text="全称或规范化简称，用于署名",
                                max_length=60,
                                unique=True,
                                verbose_name="机关名称",
                            ),
                        ),
                        (
                            "mark",
                            models.CharField(
                                help_text="版头上的红字，如“××市工业和信息化局文件”（GB/T 9704—2012 7.2.4）",
                                max_length=40,
                                verbose_name="发文机关标志",
                            ),
                        ),
                        (
                            "code_word",
                            models.CharField(
                                help_text="发文字号由代字、年份、顺序号组成（7.2.5）",
                                max_length=12,
                                unique=True,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[\\u4e00-\\u9fff]{2,12}\\Z", "代字是 2—12 个汉字"
                                    )
                                ],
                                verbose_name="发文机关代字",
                            ),
                        ),
                        (
                            "fonds",
                            models.CharField(
                                blank=True,
                                help_text="由同级档案馆给定，归档时用",
                                max_length=12,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[A-Za-z0-9]{1,12}\\Z", "全宗号由字母和数字组成"
                                    )
                                ],
                                verbose_name="全宗号",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "发文机关",
                        "verbose_name_plural": "发文机关",
                        "ordering": ["area__path", "name"],
                    },
                ),
                migrations.CreateModel(
                    name="BodyPost",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "body",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="posts",
                                to="office.issuingbody",
                                verbose_name="发文机关",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="人员",
                            ),
                        ),
                        (
                            "post",
                            models.CharField(
                                choices=[
                                    ("head", "主要负责人（签发）"),
                                    ("deputy", "分管负责人（签发）"),
                                    ("reviewer", "审核人"),
                                ],
                                max_length=10,
                                verbose_name="岗位",
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="登记人",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="登记时间")),
                        ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="离任时间")),
                    ],
                    options={
                        "verbose_name": "机关岗位",
                        "verbose_name_plural": "机关岗位",
                        "ordering": ["body", "post", "id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at", None)),
                                fields=("body", "user", "post"),
                                name="office_post_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Document",
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
                            "direction",
                            models.CharField(
                                choices=[("in", "收文"), ("out", "发文")], max_length=3, verbose_name="方向"
                            ),
                        ),
                        (
                            "body",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="documents",
                                to="office.issuingbody",
                                verbose_name="机关",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("resolution", "决议"),
                                    ("decision", "决定"),
                                    ("order", "命令（令）"),
                                    ("communique", "公报"),
                                    ("proclamation", "公告"),
                                    ("announcement", "通告"),
                                    ("opinion", "意见"),
                                    ("notice", "通知"),
                                    ("circular", "通报"),
                                    ("report", "报告"),
                                    ("request", "请示"),
                                    ("reply", "批复"),
                                    ("bill", "议案"),
                                    ("letter", "函"),
                                    ("minutes", "纪要"),
                                ],
                                max_length=14,
                                verbose_name="文种",
                            ),
                        ),
                        ("title", models.CharField(max_length=120, verbose_name="标题")),
                        (
                            "urgency",
                            models.CharField(
                                choices=[("normal", "平件"), ("urgent", "加急"), ("most_urgent", "特急")],
                                default="normal",
                                max_length=12,
                                verbose_name="紧急程度",
                            ),
                        ),
                        (
                            "openness",
                            models.CharField(
                                choices=[("open", "主动公开"), ("on_request", "依申请公开"), ("closed", "不予公开")],
                                default="on_request",
                                max_length=10,
                                verbose_name="公开属性",
                            ),
                        ),
                        ("restricted", models.BooleanField(default=False, verbose_name="限知悉范围")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "起草"),
                                    ("in_review", "审核签发中"),
                                    ("to_revise", "退回修改"),
                                    ("signed", "已签发"),
                                    ("refused", "不予签发"),
                                    ("issued", "已印发"),
                                    ("registered", "已登记"),
                                    ("handling", "办理中"),
                                    ("done", "已办结"),
                                    ("sent_back", "已退文"),
                                ],
                                db_index=True,
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        ("number", models.CharField(blank=True, db_index=True, max_length=60, verbose_name="发文字号")),
                        ("dated", models.DateField(blank=True, null=True, verbose_name="成文日期")),
                        ("upward", models.BooleanField(default=False, verbose_name="上行文")),
                        ("addressees", models.CharField(blank=True, max_length=300, verbose_name="主送机关")),
                        ("copies_to", models.CharField(blank=True, max_length=500, verbose_name="抄送机关")),
                        ("text", models.TextField(blank=True, verbose_name="正文")),
                        ("remark", models.CharField(blank=True, max_length=200, verbose_name="附注")),
                        (
                            "signer",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="签发人",
                            ),
                        ),
                        ("text_sha256", models.CharField(blank=True, max_length=64, verbose_name="签发时正文校验值")),
                        ("issued_on", models.DateField(blank=True, null=True, verbose_name="印发日期")),
                        ("copies", models.PositiveIntegerField(blank=True, null=True, verbose_name="印制份数")),
                        ("sender", models.CharField(blank=True, max_length=80, verbose_name="来文单位")),
                        (
                            "receipt",
                            models.CharField(blank=True, db_index=True, max_length=30, verbose_name="收文编号"),
                        ),
                        ("received_on", models.DateField(blank=True, null=True, verbose_name="收文日期")),
                        ("pages", models.PositiveIntegerField(blank=True, null=True, verbose_name="页数")),
                        ("answer_by", models.DateField(blank=True, null=True, verbose_name="来文要求办结日期")),
                        (
                            "archive_code",
                            models.CharField(blank=True, db_index=True, max_length=60, verbose_name="档号"),
                        ),
                        (
                            "retention",
                            models.CharField(
                                blank=True,
                                choices=[("Y", "永久"), ("D30", "30年"), ("D10", "10年")],
                                max_length=3,
                                verbose_name="保管期限",
                            ),
                        ),
                        ("archived_at", models.DateTimeField(blank=True, null=True, verbose_name="归档时间")),
                        (
                            "case",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.case",
                                verbose_name="办件",
                            ),
                        ),
                        (
                            "answers_to",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="replies",
                                to="office.document",
                                verbose_name="答复的来文",
                            ),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="拟稿（登记）人",
                            ),
                        ),
                        ("created_at", models.DateTimeField(verbose_name="登记时间")),
                        ("revision", models.PositiveIntegerField(default=0)),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "公文",
                        "verbose_name_plural": "公文",
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(fields=["direction", "state", "-id"], name="document_list"),
                            models.Index(fields=["body", "-id"], name="document_of_body"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("direction", "out"), models.Q(("number", ""), _negated=True)),
                                fields=("number",),
                                name="document_number_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("receipt", ""), _negated=True),
                                fields=("body", "receipt"),
                                name="document_receipt_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("direction", "in"),
                                    models.Q(("number", ""), _negated=True),
                                    models.Q(("state", "sent_back"), _negated=True),
                                ),
                                fields=("body", "sender", "number"),
                                name="document_received_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("archive_code", ""), _negated=True),
                                fields=("archive_code",),
                                name="archive_code_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DocumentVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "document",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="versions",
                                to="office.document",
                            ),
                        ),
                        ("number", models.PositiveIntegerField(verbose_name="稿次")),
                        ("content", models.JSONField(verbose_name="内容")),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="修改人",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="修改时间")),
                    ],
                    options={
                        "verbose_name": "稿次",
                        "verbose_name_plural": "稿次",
                        "ordering": ["document", "-number"],
                        "constraints": [
                            models.UniqueConstraint(fields=("document", "number"), name="document_version_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Circulation",
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
                            "document",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="circulations",
                                to="office.document",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="circulations",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="传阅对象",
                            ),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="送阅人",
                            ),
                        ),
                        ("asked_at", models.DateTimeField(verbose_name="送阅时间")),
                        ("due_on", models.DateField(blank=True, null=True, verbose_name="阅毕期限")),
                        ("opened_at", models.DateTimeField(blank=True, null=True, verbose_name="首次打开")),
                        ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="阅毕时间")),
                        ("opinion", models.CharField(blank=True, max_length=500, verbose_name="阅后意见")),
                    ],
                    options={
                        "verbose_name": "传阅",
                        "verbose_name_plural": "传阅",
                        "ordering": ["id"],
                        "indexes": [models.Index(fields=["user", "read_at"], name="circulation_of_user")],
                        "constraints": [models.UniqueConstraint(fields=("document", "user"), name="circulation_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Delivery",
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
                            "document",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="deliveries",
                                to="office.document",
                            ),
                        ),
                        (
                            "to",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deliveries",
                                to="office.issuingbody",
                                verbose_name="收文机关",
                            ),
                        ),
                        ("name", models.CharField(max_length=80, verbose_name="分送单位")),
                        ("main", models.BooleanField(default=True, verbose_name="主送")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("sent", "待签收"),
                                    ("received", "已签收"),
                                    ("returned", "已退文"),
                                    ("outside", "平台外送达"),
                                ],
                                max_length=8,
                                verbose_name="状态",
                            ),
                        ),
                        ("sent_at", models.DateTimeField(verbose_name="分送时间")),
                        ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="签收时间")),
                        (
                            "answered_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="签收人",
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=300, verbose_name="退文理由")),
                        (
                            "incoming",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="came_by",
                                to="office.document",
                                verbose_name="收文",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "分送",
                        "verbose_name_plural": "分送",
                        "ordering": ["id"],
                        "indexes": [models.Index(fields=["to", "state", "-id"], name="delivery_inbox")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("to__isnull", False)),
                                fields=("document", "to"),
                                name="delivery_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalMeetingRoom",
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
                        ("name", models.CharField(max_length=40, verbose_name="会议室")),
                        ("seats", models.PositiveIntegerField(blank=True, null=True, verbose_name="座位数")),
                        ("equipment", models.CharField(blank=True, max_length=120, verbose_name="设备")),
                        (
                            "area",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.area",
                                verbose_name="区域",
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
                        "verbose_name": "historical 会议室",
                        "verbose_name_plural": "historical 会议室",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="MeetingRoom",
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
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="meeting_rooms",
                                to="registry.area",
                                verbose_name="区域",
                            ),
                        ),
                        ("name", models.CharField(max_length=40, verbose_name="会议室")),
                        ("seats", models.PositiveIntegerField(blank=True, null=True, verbose_name="座位数")),
                        ("equipment", models.CharField(blank=True, max_length=120, verbose_name="设备")),
                    ],
                    options={
                        "verbose_name": "会议室",
                        "verbose_name_plural": "会议室",
                        "ordering": ["area__path", "name"],
                        "constraints": [models.UniqueConstraint(fields=("area", "name"), name="meeting_room_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Meeting",
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
                            "body",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="meetings",
                                to="office.issuingbody",
                                verbose_name="召集单位",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("office", "办公会"),
                                    ("topic", "专题会"),
                                    ("dispatch", "调度会"),
                                    ("joint", "联席会"),
                                    ("other", "其他"),
                                ],
                                max_length=8,
                                verbose_name="会议类型",
                            ),
                        ),
                        ("title", models.CharField(max_length=100, verbose_name="会议名称")),
                        (
                            "chair",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="主持人",
                            ),
                        ),
                        (
                            "room",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="meetings",
                                to="office.meetingroom",
                                verbose_name="会议室",
                            ),
                        ),
                        ("place", models.CharField(blank=True, max_length=80, verbose_name="其他地点")),
                        ("start", models.DateTimeField(db_index=True, verbose_name="开始")),
                        ("end", models.DateTimeField(verbose_name="结束")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="会前准备")),
                        (
                            "state",
                            models.CharField(
                                choices=[("planned", "拟召开"), ("held", "已召开"), ("cancelled", "已取消")],
                                default="planned",
                                max_length=9,
                                verbose_name="状态",
                            ),
                        ),
                        ("cancelled_because", models.CharField(blank=True, max_length=200, verbose_name="取消原因")),
                        (
                            "minutes",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="meeting",
                                to="office.document",
                                verbose_name="纪要",
                            ),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="登记人",
                            ),
                        ),
                        ("created_at", models.DateTimeField(verbose_name="登记时间")),
                        ("revision", models.PositiveIntegerField(default=0)),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "会议",
                        "verbose_name_plural": "会议",
                        "ordering": ["-start", "-id"],
                        "indexes": [models.Index(fields=["room", "start"], name="meeting_in_room")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("end__gt", models.F("start"))),
                                name="meeting_ends_later",
                                violation_error_message="结束时间应晚于开始时间",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AgendaItem",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "meeting",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="agenda", to="office.meeting"
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("subject", models.CharField(max_length=120, verbose_name="议题")),
                        ("presenter", models.CharField(blank=True, max_length=60, verbose_name="汇报")),
                        ("minutes", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="分钟")),
                    ],
                    options={
                        "verbose_name": "议题",
                        "verbose_name_plural": "议题",
                        "ordering": ["meeting", "number"],
                        "constraints": [models.UniqueConstraint(fields=("meeting", "number"), name="agenda_item_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Invitation",
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
                            "meeting",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="invitations",
                                to="office.meeting",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="invitations",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="参会人",
                            ),
                        ),
                        ("name", models.CharField(blank=True, max_length=60, verbose_name="参会人")),
                        ("observer", models.BooleanField(default=False, verbose_name="列席")),
                        (
                            "answer",
                            models.CharField(
                                choices=[
                                    ("none", "未答复"),
                                    ("comes", "参加"),
                                    ("away", "请假"),
                                    ("delegates", "委派"),
                                ],
                                default="none",
                                max_length=9,
                                verbose_name="答复",
                            ),
                        ),
                        (
                            "delegate",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="delegations",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="委派给",
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                        ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="答复时间")),
                        ("attended", models.BooleanField(blank=True, null=True, verbose_name="到会")),
                    ],
                    options={
                        "verbose_name": "参会",
                        "verbose_name_plural": "参会",
                        "ordering": ["observer", "id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("user__isnull", False)),
                                fields=("meeting", "user"),
                                name="invitation_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Resolution",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "meeting",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="resolutions",
                                to="office.meeting",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("text", models.CharField(max_length=500, verbose_name="议定事项")),
                        (
                            "unit",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="责任单位",
                            ),
                        ),
                        ("due_on", models.DateField(blank=True, null=True, verbose_name="完成日期")),
                    ],
                    options={
                        "verbose_name": "议定事项",
                        "verbose_name_plural": "议定事项",
                        "ordering": ["meeting", "number"],
                        "constraints": [models.UniqueConstraint(fields=("meeting", "number"), name="resolution_once")],
                    },
                ),
                migrations.CreateModel(
                    name="CalendarEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="calendar_events",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("title", models.CharField(max_length=100, verbose_name="事项")),
                        ("place", models.CharField(blank=True, max_length=80, verbose_name="地点")),
                        ("start", models.DateTimeField(db_index=True, verbose_name="开始")),
                        ("end", models.DateTimeField(verbose_name="结束")),
                    ],
                    options={
                        "verbose_name": "日程",
                        "verbose_name_plural": "日程",
                        "ordering": ["start"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("end__gte", models.F("start"))),
                                name="event_ends_later",
                                violation_error_message="结束时间应晚于开始时间",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CalendarFeed",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "user",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="calendar_feed",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                        ("made_at", models.DateTimeField(verbose_name="创建时间")),
                        ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="最近读取")),
                    ],
                    options={
                        "verbose_name": "日历订阅",
                        "verbose_name_plural": "日历订阅",
                    },
                ),
            ],
        ),
    ]
