import datetime as dt
from collections.abc import Sequence
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
from .role import OFFICES, OwnRole, Role

_APART = frozenset(str(role) for role in OFFICES)

#: all that speaks for ``user`` ends, in the transaction of the act; parts with further keys (calendar
#: addresses) delete them
access_ended = Signal()


class UserQuerySet(models.QuerySet["User"]):
    """Users by the posts that they hold today."""

    def posted(self, gives: str = "", apart: Sequence[str] = (), **where: Any) -> Self:
        """Those who hold a post today that meets the conditions, all of them together:
        ``posted(role=Role.ZONE, area=zone)``; with ``gives`` one that gives this permission, but for the roles
        ``apart``.
        """
        posts = Post.objects.in_force().filter(**where)
        return self.filter(pk__in=(posts.giving(gives, *apart) if gives else posts).values("user"))

    def with_posts(self) -> Self:
        """Their posts read along, so that each one's area and roles cost no query of their own."""
        return self.prefetch_related(
            models.Prefetch("posts", Post.objects.select_related("area", "organisation__area", "own_role"))
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
        kept: tuple[dt.date, list[Post], dict[str | None, tuple[Holding, ...]]] | None = self.__dict__.get("_held")
        if self.pk is None:
            return []
        if kept is None or kept[0] != today:
            known = "posts" in getattr(self, "_prefetched_objects_cache", {})
            rows: Any = (
                self.posts.all() if known else self.posts.select_related("area", "organisation__area", "own_role")
            )
            found = [one for one in rows if one.holds_on(today)]
            kept = self.__dict__["_held"] = (today, sorted(found, key=lambda one: one.pk), {})
        return kept[1]

    def holdings(self, action: str | None = None) -> tuple[Holding, ...]:
        """What his posts of today give to see; with ``action`` those that give this permission."""
        held = self.held
        if not held:
            return ()
        given: dict[str | None, tuple[Holding, ...]] = self.__dict__["_held"][2]
        if action not in given:
            given[action] = tuple(one.holding for one in held if action is None or one.allows(action))
        return given[action]

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


class Standing(models.TextChoices):
    """How a post stands: only a given one gives anything."""

    GIVEN = "given", _("已生效")
    WAITING = "waiting", _("待确认")
    REFUSED = "refused", _("未同意")


class PostQuerySet(models.QuerySet["Post"]):
    def in_force(self, day: dt.date | None = None) -> Self:
        """Those that are held on a day (today) by users who are not switched off."""
        day = day or timezone.localdate()
        alive = Q(valid_to=None) | Q(valid_to__gte=day)
        return self.filter(alive, valid_from__lte=day, user__is_active=True, standing=Standing.GIVEN)

    def standing_on(self, day: dt.date | None = None) -> Self:
        """Those of active users that are held, to come or waiting on a day (today) or after it."""
        alive = Q(valid_to=None) | Q(valid_to__gte=day or timezone.localdate())
        return self.filter(alive, user__is_active=True).exclude(standing=Standing.REFUSED)

    def able(self, action: str) -> Self:
        """Those of built-in roles as they are, of the node's own roles only where they give the permission: who
        sits at a desk there.
        """
        from ..roles import own_roles_with

        return self.filter(Q(own_role=None) | Q(own_role__in=own_roles_with(action)))

    def giving(self, action: str, *apart: str) -> Self:
        """Those whose role gives a permission, but for roles (and what is based on them) ``apart``."""
        from ..roles import own_roles_with, roles_with

        built_in = Q(own_role=None, role__in=roles_with(action, *apart))
        return self.filter(built_in | Q(own_role__in=own_roles_with(action, *apart)))


class Post(models.Model):
    """Post 岗位: a role that a user has in an area, or for an enterprise, from a day to a day (the last day
    on which he holds it).

    ``role`` is a built-in one: at its desks the holder sits. ``own_role`` is the node's own role that is based on it
    and then says alone what he may do. A post that waits for its confirmation, or was refused, gives nothing.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="posts", verbose_name=_("用户"))
    role = models.CharField(_("角色"), max_length=12, choices=Role)
    own_role = models.ForeignKey(
        OwnRole, models.PROTECT, null=True, blank=True, related_name="posts", verbose_name=_("自定角色")
    )
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="posts", verbose_name=_("管辖区域")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="posts", verbose_name=_("所属单位")
    )
    valid_from = models.DateField(_("起始日期"), default=timezone.localdate)
    valid_to = models.DateField(_("终止日期"), null=True, blank=True, help_text=_("最后一天；空表示仍有效"))

    standing = models.CharField(_("状态"), max_length=8, choices=Standing, default=Standing.GIVEN, editable=False)
    given_by = models.ForeignKey(
        User, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("提出人")
    )
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("确认人")
    )
    reason = models.CharField(_("理由"), max_length=200, blank=True, editable=False)

    travels_by = Stays.ACCOUNT

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("岗位")
        ordering = ["pk"]
        indexes = [models.Index(fields=["role", "area"], name="post_by_desk")]

    def __str__(self) -> str:
        return f"{self.role_told} · {self.place}"

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
        own. Raises InputError for roles that one person may not have together.
        """
        from ..separation import refuse_together

        if self.own_role is not None:
            self.role = self.own_role.base
        if self.role in OFFICES:
            self.organisation = None
        refuse_together(self)
        if self.role == Role.ENTERPRISE and self.organisation_id is not None:
            self.area = None
        super().save(*args, **kwargs)
        self.user.__dict__.pop("_held", None)

    @property
    def role_told(self) -> str:
        """The role in words: the node's own one where it is one."""
        return str(self.own_role) if self.own_role is not None else str(self.get_role_display())

    def allows(self, action: str) -> bool:
        """Whether the role gives a permission."""
        from ..roles import allows

        if self.own_role_id is None or self.own_role is None:
            return allows(self.role, action)
        return self.own_role.allows(action)

    @property
    def stands_in(self) -> Area | None:
        """The area that it looks after, or in which its enterprise lies."""
        return self.area or (self.organisation.area if self.organisation is not None else None)

    @property
    def place(self) -> str:
        """The enterprise that it speaks for, or the area that it looks after."""
        return str((self.organisation if self.role == Role.ENTERPRISE else self.area) or "—")

    def holds_on(self, day: dt.date) -> bool:
        begun = self.valid_from <= day and self.standing == Standing.GIVEN
        return begun and (self.valid_to is None or self.valid_to >= day)

    @property
    def holding(self) -> Holding:
        """What the post gives to see."""
        area, own = self.stands_in, self.role == Role.ENTERPRISE
        path, pk = (area.path, area.pk) if area is not None else ("", None)
        return Holding(self.role, pk, path, self.organisation_id, own, self.role in _APART)
