"""Who may sign in, and what for."""

from copy import copy
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe
from django_q import admin as queue_admin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from contacts.admin.base import ListAdmin

admin.site.unregister([User, Group])
# The queue is only a doorbell; what is due stands on the home page.
admin.site.unregister(
    [queue_admin.Schedule, queue_admin.Success, queue_admin.Failure, queue_admin.OrmQ]
)

VERBS = {"view": "See", "add": "Add", "change": "Change", "delete": "Delete"}
# What some page asks for without having the theme's own list of it.
ASKED_FOR = {
    "allowedhost",
    "couponpool",
    "endpointkey",
    "event",
    "eventtype",
    "funnel",
    "repair",
    "replay",
    "rewardbatch",
    "rewardrule",
    "rewardwebhook",
    "trackingplan",
}
# What just happens, or happens through something else, and is only ever seen.
ONLY_SEEN = {"event", "eventtype", "advocate", "referral", "message"}
NEVER_ASKED = {
    *(f"{verb}_{model}" for verb in ("add", "delete") for model in ONLY_SEEN),
    *(f"change_{model}" for model in ONLY_SEEN - {"message", "advocate"}),
    "change_replay",
    "add_reward",
    "delete_reward",
    "delete_contact",
    "delete_repair",
    "delete_replay",
}
LABELS = {
    "is_active": ("May use Greenlight", "Take it away instead of deleting the user."),
    "is_staff": ("May sign in", ""),
    "is_superuser": ("May do everything", "Roles do not matter then."),
}


class PermissionField(forms.ModelMultipleChoiceField):
    """What a role allows, in words."""

    def label_from_instance(self, obj: Permission) -> str:
        """Write "See campaigns"; a permission of another kind has words of its own."""
        verb, _, _ = obj.codename.partition("_")
        model = obj.content_type.model_class()
        if verb not in VERBS or model is None:
            return obj.name.removeprefix("Can ").capitalize()
        page = admin.site._registry.get(model)
        return (
            f"{VERBS[verb]} {(page.opts if page else model._meta).verbose_name_plural}"
        )


class HiddenPassword(forms.Widget):
    """Stands for a password, which nobody can read."""

    read_only = True

    def render(self, *args: Any, **kwargs: Any) -> SafeString:
        """Show that there is one; the help beside it leads to where it is changed."""
        return mark_safe("••••••••")


class UserForm(UserChangeForm):
    """The theme's form without how the password is stored."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].widget = HiddenPassword()
        self.fields["password"].help_text = mark_safe(
            '<a class="gl-link" href="../password/">Set another password</a>'
        )


def useful_permissions() -> QuerySet[Permission]:
    """Choose the permissions that some page asks for, those of one thing together."""
    shown = {model._meta.model_name for model in admin.site._registry} | ASKED_FOR
    return (
        Permission.objects.filter(content_type__model__in=shown)
        .exclude(codename__in=NEVER_ASKED)
        .select_related("content_type")
        .order_by("content_type__app_label", "content_type__model", "-codename")
    )


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ListAdmin):  # type: ignore[misc]  # both derive from ModelAdmin
    """Members of staff; their passwords are never exported."""

    shows_people = False
    form = UserForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    ordering = ("username",)
    list_display = (
        "username",
        "email",
        "first_name",
        "last_name",
        "is_active",
    )
    list_filter = ("is_active", "groups")
    filter_horizontal = ()
    fieldsets = (
        ("Sign-in", {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        (
            "What for",
            {"fields": ("is_active", "is_staff", "is_superuser", "groups")},
        ),
    )
    add_fieldsets = (
        (
            None,
            {"classes": ("wide",), "fields": ("username", "password1", "password2")},
        ),
    )
    export_fields = ("username", "email", "first_name", "last_name", "is_active")

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """Say in our words what each choice means."""
        if db_field.name in LABELS:
            kwargs["label"], kwargs["help_text"] = LABELS[db_field.name]
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any
    ) -> forms.ModelMultipleChoiceField | None:
        """Offer the roles as boxes to tick."""
        return forms.ModelMultipleChoiceField(
            Group.objects.order_by("name"),
            required=False,
            label="Roles",
            help_text="What a user may do is what all these roles allow.",
            widget=UnfoldAdminCheckboxSelectMultipleWidget,
        )

    def save_model(
        self, request: HttpRequest, obj: User, form: Any, change: bool
    ) -> None:
        """Let a new user sign in: everybody who is listed here is staff."""
        if not change:
            obj.is_staff = True
        super().save_model(request, obj, form, change)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ListAdmin):  # type: ignore[misc]  # both derive from ModelAdmin
    """Roles: what those who have one may do."""

    shows_people = False
    ordering = ("name",)
    filter_horizontal = ()
    export_fields = ("name",)
    empty_title = "No roles yet"
    empty_text = "A role gathers permissions, so that users get them by one choice."
    empty_link_title = "Add a role"
    empty_url_name = "admin:auth_group_add"

    def __init__(self, model: type[Group], admin_site: admin.AdminSite) -> None:
        """Call groups by our word for them."""
        super().__init__(model, admin_site)
        self.opts = copy(self.opts)
        self.opts.verbose_name, self.opts.verbose_name_plural = "role", "roles"

    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any
    ) -> forms.ModelMultipleChoiceField | None:
        """Offer the permissions that matter here as boxes to tick."""
        return PermissionField(
            useful_permissions(),
            required=False,
            label="Who has this role may",
            widget=UnfoldAdminCheckboxSelectMultipleWidget,
        )
