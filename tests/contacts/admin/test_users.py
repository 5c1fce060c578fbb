import pytest
from django.contrib.auth.models import Group

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
