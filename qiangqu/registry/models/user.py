import datetime as dt
from typing import Any, Self

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as BaseUserManager
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qiangqu.base.errors import InputError
from qiangqu.base.identity import Stays
from qiangqu.base.terms import clauses
from qiangqu.base.visibility import Holding, nothing, reach, within

from .area import Area
from .organisation import Organisation

#: all that speaks for ``user`` ends, in the transaction of the act; parts with further keys (calendar
#: addresses) delete them
access_ended = Signal()


class Role(models.TextChoices):
    """Roles 角色; what each may do is the table in ``registry/roles.py``."""

    LEADER = "leader", _("领导")
    PLANNER = "planner", _("规划人员")
    BUREAU = "bureau", _("市级部门")
    ZONE = "zone", _("园区人员")
    INSPECTOR = "inspector", _("检查人员")
    ENTERPRISE = "enterprise", _("企业")
    ADMIN = "admin", _("系统管理员")


class UserQuerySet(models.QuerySet["User"]):
    """Users by the posts that they hold today."""

    def posted(self, **where: Any) -> Self:
        """Those who hold a post today that meets the conditions, all of them together:
        ``posted(role=Role.ZONE, area=zone)``.
        """
        return self.filter(pk__in=Post.objects.in_force().filter(**where).values("user"))

    def with_posts(self) -> Self:
        """Their posts read along, so that each one's area and roles cost no query of their own."""
        return self.prefetch_related(
            models.Prefetch("posts", Post.objects.select_related("area", "organisation__area"))
        )

    def by_area(self) -> Self:
        """From the top of the tree downwards, by the highest area in which they hold or held a post."""
        top = Coalesce(models.Min("posts__area__path"), models.Min("posts__organisation__area__path"))
        # posts may be read along already, by another query of them
        return self.alias(top=top).order_by("top", "username").prefetch_related(None).with_posts()


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Django's own, with :class:`UserQuerySet`'s questions."""

    use_in_migrations = False


class User(AbstractUser):
    """User 用户: what he may do and see is given by his posts. ``User(role=…, area=…, organisation=…)`` makes
    his first one with him.
    """

    display_name = models.CharField(_("姓名"), max_length=40, blank=True)
    # how often everything that speaks for this user was ended: part of what his sessions are bound to
    epoch = models.PositiveIntegerField(default=0, editable=False)

    objects = UserManager()  # type: ignore[misc]

    seen_with = "manage_users"
    travels_by = Stays.ACCOUNT

    class Meta(AbstractUser.Meta):
        verbose_name = _("用户")  # type: ignore[assignment]
        verbose_name_plural = _("用户")  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._first = {name: kwargs.pop(name) for name in ("role", "area", "organisation") if name in kwargs}
        super().__init__(*args, **kwargs)

    def __str__(self) -> str:
        return self.display_name or self.username

    @classmethod
    def visible_to(cls, viewer: Any) -> Q:
        """Administrators see whoever holds, held or will hold a post in their areas."""
        condition = nothing()
        for path in reach(viewer, cls.seen_with):
            condition |= cls.lying_in(path)
        return condition

    @classmethod
    def lying_in(cls, path: str) -> Q:
        return Q(pk__in=Post.objects.filter(Post.lying_in(path)).values("user"))

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        found: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]
        return f"{found}.{self.epoch}" if self.epoch else found

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A new password, and switching a user off, end all that speaks for him, by whichever way it happens;
        nothing of it comes back.
        """
        first = {name: value for name, value in self._first.items() if value}
        if self.is_superuser and self.pk is None and not first.get("role"):
            # Django's own createsuperuser asks for neither: what it makes can do everything, everywhere
            first |= {"role": Role.ADMIN, "area": first.get("area") or Area.objects.filter(parent=None).first()}
            if first["area"] is None:
                raise InputError("还没有区域，请先载入数据包（qiangqu pack load），再建立管理员", where=self.username)
        fields = kwargs.get("update_fields")
        # a password that is only hashed anew at a sign-in is saved alone, with nothing pending
        ends = self.pk is not None and (
            getattr(self, "_password", None) is not None
            or (not self.is_active and (fields is None or "is_active" in fields))
        )
        with transaction.atomic():
            super().save(*args, **kwargs)
            if first.get("role"):
                Post.objects.create(user=self, **first)
                self._first = {}
            if ends:
                self.end_access()

    def end_access(self) -> None:
        """End everything that speaks for this user: sessions, tokens, known browsers and what other parts
        have given out.
        """
        with transaction.atomic():
            User.objects.filter(pk=self.pk).update(epoch=models.F("epoch") + 1)
            self.refresh_from_db(fields=["epoch"])
            for rows in (self.api_tokens, self.known_places, self.sign_ins):
                rows.all().delete()
            access_ended.send(User, user=self)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        self.__dict__.pop("_held", None)
        super().refresh_from_db(*args, **kwargs)

    @property
    def held(self) -> list["Post"]:
        """The posts that he holds today, in the order in which they were given. Asked once a day of one
        object: each request reads its user anew.
        """
        today = timezone.localdate()
        kept: tuple[dt.date, list[Post]] | None = self.__dict__.get("_held")
        if self.pk is None:
            return []
        if kept is None or kept[0] != today:
            known = "posts" in getattr(self, "_prefetched_objects_cache", {})
            rows: Any = self.posts.all() if known else self.posts.select_related("area", "organisation__area")
            found = [one for one in rows if one.holds_on(today)]
            kept = self.__dict__["_held"] = (today, sorted(found, key=lambda one: one.pk))
        return kept[1]

    def holdings(self, action: str | None = None) -> tuple[Holding, ...]:
        """What his posts of today give to see; with ``action`` those that give this permission."""
        from ..roles import allows

        return tuple(one.holding for one in self.held if action is None or allows(one.role, action))

    @property
    def area(self) -> Area | None:
        """Where he starts: the area of his first post that looks after one, else that of the enterprise that
        he speaks for.
        """
        looked_after = [one.stands_in for one in self.held if one.role != Role.ENTERPRISE]
        return next((one for one in [*looked_after, *(post.stands_in for post in self.held)] if one is not None), None)

    @property
    def area_id(self) -> int | None:
        return self.area.pk if self.area is not None else None

    @property
    def home_path(self) -> str:
        """The path of :attr:`area`, under which what he does to himself is filed."""
        return self.area.path if self.area is not None else ""

    @property
    def organisation(self) -> Organisation | None:
        """The enterprise that he speaks for, or the agency that he is of; the first of them when there are
        several.
        """
        return next((one.organisation for one in self.held if one.organisation is not None), None)

    @property
    def organisation_id(self) -> int | None:
        return self.organisation.pk if self.organisation is not None else None

    @property
    def posts_told(self) -> str:
        """His posts of today, for lists; "" when he holds none."""
        return clauses(str(one) for one in self.held)

    @property
    def speaks_for_organisation(self) -> bool:
        """Whether he sees only what is his own enterprise's: he speaks for one and looks after no area."""
        return bool(self.held) and all(one.role == Role.ENTERPRISE for one in self.held)


def with_posts(*names: str) -> tuple[models.Prefetch, ...]:
    """For ``prefetch_related``: the users that these fields name, with their posts."""
    return tuple(models.Prefetch(name, User.objects.with_posts()) for name in names)


def holding(role: str) -> Q:
    """Users who hold a role today."""
    return Q(pk__in=Post.objects.in_force().filter(role=role).values("user"))


class PostQuerySet(models.QuerySet["Post"]):
    def in_force(self, day: dt.date | None = None) -> Self:
        """Those that are held on a day (today) by users who are not switched off."""
        day = day or timezone.localdate()
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day, user__is_active=True)


class Post(models.Model):
    """Post 岗位: a role that a user has in an area, or for an enterprise, from a day to a day (the last day
    on which he holds it).
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="posts", verbose_name=_("用户"))
    role = models.CharField(_("角色"), max_length=12, choices=Role)
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="posts", verbose_name=_("管辖区域")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="posts", verbose_name=_("所属单位")
    )
    valid_from = models.DateField(_("起始日期"), default=timezone.localdate)
    valid_to = models.DateField(_("终止日期"), null=True, blank=True, help_text=_("最后一天；空表示仍有效"))

    travels_by = Stays.ACCOUNT

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("岗位")
        verbose_name_plural = _("岗位")
        ordering = ["pk"]
        indexes = [models.Index(fields=["role", "area"], name="post_by_desk")]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.place}"

    @classmethod
    def visible_to(cls, viewer: Any) -> Q:
        """One's own; administrators see those in their areas."""
        condition = Q(user=viewer.pk)
        for path in reach(viewer, "manage_users"):
            condition |= cls.lying_in(path)
        return condition

    @classmethod
    def lying_in(cls, path: str) -> Q:
        return within("area__path", (path,)) | Q(area=None) & within("organisation__area__path", (path,))

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Who speaks for an enterprise stands where it lies, wherever it moves: his post names no area of its
        own.
        """
        if self.role == Role.ENTERPRISE and self.organisation_id is not None:
            self.area = None
        super().save(*args, **kwargs)
        self.user.__dict__.pop("_held", None)

    @property
    def stands_in(self) -> Area | None:
        """The area that it looks after, or in which its enterprise lies."""
        return self.area or (self.organisation.area if self.organisation is not None else None)

    @property
    def place(self) -> str:
        """The enterprise that it speaks for, or the area that it looks after."""
        return str((self.organisation if self.role == Role.ENTERPRISE else self.area) or "—")

    def holds_on(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or self.valid_to >= day)

    @property
    def holding(self) -> Holding:
        """What the post gives to see."""
        area, own = self.stands_in, self.role == Role.ENTERPRISE
        path, pk = (area.path, area.pk) if area is not None else ("", None)
        return Holding(self.role, pk, path, self.organisation_id, own)


class ApiToken(models.Model):
    """Token 接口令牌: lets a program act as the user who made it. Only a hash is kept; the token is shown
    once.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens", verbose_name=_("用户"))
    name = models.CharField(_("用途"), max_length=60)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)
    expires_on = models.DateField(_("有效期至"))
    last_used_on = models.DateField(_("最近使用"), null=True, blank=True)

    seen_by = "user"
    travels_by = Stays.ACCOUNT

    class Meta:
        verbose_name = _("接口令牌")
        verbose_name_plural = _("接口令牌")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class LoginFailure(models.Model):
    """An attempt that counts (a failed sign-in, a use of a public page), kept for a day to slow down
    guessing: see ``registry/throttle.py``.

    ``network`` is the address, or its /64; ``device`` the digest of a browser that the account knows ("": not
    known).
    """

    purpose = models.CharField(max_length=12, default="sign-in")
    username = models.CharField(max_length=150, blank=True, db_index=True)
    address = models.CharField(max_length=45, db_index=True)
    network = models.CharField(max_length=45, default="", db_index=True)
    device = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    inner = True
    travels_by = Stays.ACCOUNT

    class Meta:
        verbose_name = _("登录失败")
        verbose_name_plural = _("登录失败")


class KnownPlace(models.Model):
    """A place from which a user has signed in: ``value`` is a network, or the digest of a browser's secret.
    Forgotten with his password.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="known_places")
    value = models.CharField(max_length=64)
    last_at = models.DateTimeField()

    inner = True
    travels_by = Stays.ACCOUNT

    class Meta:
        verbose_name = _("登录地点")
        verbose_name_plural = _("登录地点")
        constraints = [models.UniqueConstraint(fields=["user", "value"], name="known_place_once")]


class SignIn(models.Model):
    """A session of a user, as he sees it on his page; ``digest`` is the key under which the session is
    stored.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins", verbose_name=_("用户"))
    digest = models.CharField(max_length=40, unique=True, editable=False)
    address = models.CharField(_("地址"), max_length=45)
    agent = models.CharField(_("浏览器"), max_length=200, blank=True)
    at = models.DateTimeField(_("登录时间"), auto_now_add=True)
    last_at = models.DateTimeField(_("最近使用"))

    seen_by = "user"
    travels_by = Stays.ACCOUNT

    class Meta:
        verbose_name = _("登录会话")
        verbose_name_plural = _("登录会话")
        ordering = ["-last_at"]
