import pytest
from django.contrib.auth.models import Group, Permission, User

from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db
USERS = "/auth/user/"


def test_users_and_roles_have_pages_of_the_theme(admin_client, admin_user):
    role = Group.objects.create(name="Marketers")

    for path, shown in {
        USERS: admin_user.username,
        USERS + "add/": "Add user",
        f"{USERS}{admin_user.pk}/change/": admin_user.username,
        f"{USERS}{admin_user.pk}/password/": "password",
        "/auth/group/": "Marketers",
        f"/auth/group/{role.pk}/change/": "Marketers",
    }.items():
        page = admin_client.get(path)
        assert page.status_code == 200, path
        assert shown in page.content.decode()


def test_export_of_users_holds_no_password(admin_client, admin_user):
    answer = admin_client.get(USERS + "export/")

    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines == [
        "username,email,first_name,last_name,is_active",
        f"{admin_user.username},{admin_user.email},,,yes",
    ]


def test_users_are_refused_without_permission(client, admin_user):
    client.force_login(make_user("contacts.view_contact"))

    for path in (USERS, USERS + "export/", "/auth/group/"):
        page = client.get(path)
        assert page.status_code == 403
        assert admin_user.username not in page.content.decode()


def test_new_user_may_sign_in(admin_client, client):
    admin_client.post(
        USERS + "add/",
        {
            "username": "ada",
            "password1": "correct horse battery",
            "password2": "correct horse battery",
        },
    )

    user = User.objects.get(username="ada")
    assert (user.is_staff, user.is_superuser) == (True, False)


def test_role_is_made_of_permissions_in_words(admin_client):
    page = admin_client.get("/auth/group/add/").content.decode()

    assert "See campaigns" in page
    assert "Change roles" in page
    assert "May start, pause, resume and stop campaigns" in page
    assert "log entry" not in page
    assert "Delete messages" not in page


def test_role_is_saved_and_given_to_a_user(admin_client, admin_user):
    permission = Permission.objects.get(codename="view_campaign")
    colleague = make_user()

    admin_client.post(
        "/auth/group/add/", {"name": "Readers", "permissions": [permission.pk]}
    )
    role = Group.objects.get(name="Readers")
    admin_client.post(
        f"{USERS}{colleague.pk}/change/",
        {"username": colleague.username, "is_active": "on", "groups": [role.pk]},
    )

    assert list(role.permissions.all()) == [permission]
    assert list(colleague.groups.all()) == [role]


def test_changing_a_user_keeps_the_password(admin_client, admin_user):
    before = admin_user.password

    page = admin_client.get(f"{USERS}{admin_user.pk}/change/").content.decode()
    admin_client.post(
        f"{USERS}{admin_user.pk}/change/",
        {"username": "renamed", "is_active": "on", "is_staff": "on"},
    )

    admin_user.refresh_from_db()
    assert (admin_user.username, admin_user.password) == ("renamed", before)
    assert "pbkdf2" not in page
    assert "Set another password" in page
