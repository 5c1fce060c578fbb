"""Who may sign in, and what for."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from contacts.admin.base import ListAdmin

admin.site.unregister([User, Group])


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ListAdmin):  # type: ignore[misc]
    """Members of staff; their passwords are never exported."""

    form = UserChangeForm
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
    export_fields = ("username", "email", "first_name", "last_name", "is_active")


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ListAdmin):  # type: ignore[misc]
    """Roles: what those who have one may do."""

    ordering = ("name",)
    export_fields = ("name",)
    empty_title = "No roles yet"
    empty_text = "A role gathers permissions, so that users get them by one choice."
    empty_link_title = "Add a role"
    empty_url_name = "admin:auth_group_add"
