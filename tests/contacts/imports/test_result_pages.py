"""The pages behind the confirmation, and the ways back before it."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts import tasks
from contacts.models import Contact, ImportRun
from contacts.models.work import WorkState
from tests.factories.contacts import make_list, make_user
from tests.factories.imports import (
    check_import,
    import_file,
    make_import,
    work_off,
)

pytestmark = pytest.mark.django_db


def link(name: str, *arguments: int) -> str:
    return reverse(f"admin:contacts_import_{name}", args=arguments)


def test_result_offers_the_error_file_and_undoes(admin_client: Client) -> None:
    run = import_file("email\nann@example.com\nbroken\n", now=timezone.now())
    page = link("result", run.pk)

    before = admin_client.get(page).content.decode()
    admin_client.post(page, {"action": "undo"})
    work_off()
    after = admin_client.get(page).content.decode()

    assert link("errors", run.pk, run.batches.get().pk) in before
    assert "Undo this import" in before
    assert "contacts removed" in after
    assert not Contact.objects.exists()


def test_result_of_a_stopped_import_goes_on(admin_client: Client) -> None:
    run = check_import(make_import("email\nann@example.com\n"))
    admin_client.post(link("confirm", run.pk), {})
    stopped = admin_client.post(link("progress", run.pk))
    page = admin_client.get(link("result", run.pk)).content.decode()
    assert (stopped.status_code, Contact.objects.count()) == (286, 0)
    assert "The import was stopped" in page

    admin_client.post(link("result", run.pk), {"action": "resume"})
    work_off()

    assert Contact.objects.count() == 1


def test_result_is_not_undone_by_who_may_only_look(client: Client) -> None:
    run = import_file("email\nann@example.com\n", now=timezone.now())
    user = make_user("contacts.view_importrun", "contacts.view_contact")
    client.force_login(user)

    refused = client.post(link("result", run.pk), {"action": "undo"})
    user.user_permissions.add(Permission.objects.get(codename="add_importrun"))
    taken = client.post(link("result", run.pk), {"action": "undo"})

    assert (refused.status_code, taken.status_code) == (403, 302)
    run.refresh_from_db()
    assert run.stage == ImportRun.Stage.UNDOING


def test_review_of_a_stopped_check_starts_again(admin_client: Client) -> None:
    run = make_import("email\nann@example.com\n")
    admin_client.post(link("review", run.pk), {"action": "check"})
    waiting = admin_client.get(link("review", run.pk)).content.decode()
    admin_client.post(link("progress", run.pk))
    stopped = admin_client.get(link("review", run.pk)).content.decode()

    admin_client.post(link("review", run.pk), {"action": "check"})
    work_off()

    run.refresh_from_db()
    assert "Checking every row" in waiting
    assert "The check was stopped" in stopped
    assert (run.stage, run.state) == (ImportRun.Stage.CHECKED, WorkState.DONE)


def test_review_changes_the_policy(admin_client: Client) -> None:
    run = check_import(make_import("email\nann@example.com\n"))

    admin_client.post(
        link("review", run.pk), {"action": "policy", "policy": "overwrite"}
    )
    work_off()

    run.refresh_from_db()
    assert (run.policy, run.stage) == ("overwrite", ImportRun.Stage.CHECKED)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"action": "file"}, "Choose a file first."),
        ({"action": "paste", "text": " "}, "Paste some rows first."),
        ({"action": "type", "emails": ""}, "Type at least one email"),
        ({}, "Drop a file here"),
    ],
)
def test_collect_says_what_is_missing(
    admin_client: Client, form: dict[str, str], message: str
) -> None:
    run = make_import()

    answer = admin_client.post(
        link("collect", run.pk), form, headers={"HX-Request": "true"}
    ).content.decode()

    assert message in answer
    assert "<html" not in answer


def test_collect_removes_a_batch_and_discards(admin_client: Client) -> None:
    run = make_import("email\nann@example.com\n")
    batch = run.batches.get()

    admin_client.post(link("collect", run.pk), {"action": "remove", "batch": batch.pk})
    assert not run.batches.exists()
    answer = admin_client.post(
        link("collect", run.pk), {"action": "discard"}, headers={"HX-Request": "true"}
    )

    assert answer["HX-Redirect"] == reverse("admin:contacts_importrun_changelist")
    assert not ImportRun.objects.exists()


def test_collect_of_an_import_that_has_gone_on_leads_to_it(
    admin_client: Client,
) -> None:
    run = import_file("email\nann@example.com\n")

    answer = admin_client.post(
        link("collect", run.pk), {"action": "type", "emails": "bob@example.com"}
    )

    assert answer.url == link("result", run.pk)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({}, "Name a new list, or choose one that you have."),
        ({"name": "SPRING"}, "There is a list “SPRING” already."),
        ({"name": "New", "contact_list": "1"}, "not both"),
    ],
)
def test_start_takes_one_list(
    admin_client: Client, form: dict[str, str], message: str
) -> None:
    spring = make_list(name="Spring")
    if "contact_list" in form:
        form = {**form, "contact_list": str(spring.pk)}

    assert message in admin_client.post(link("start"), form).content.decode()


def test_sample_can_be_imported_as_it_is(admin_client: Client) -> None:
    content = admin_client.get(link("sample")).content

    run = import_file(content)

    assert run.counts["new"] == 4
    assert Contact.objects.get(email="yuki.tanaka@example.com").locale == "ja"


def test_tasks_do_the_work_that_is_due(admin_client: Client) -> None:
    run = make_import("email\nann@example.com\n")
    admin_client.post(link("review", run.pk), {"action": "check"})

    tasks.advance_imports()
    tasks.purge_imports()

    run.refresh_from_db()
    assert run.stage == ImportRun.Stage.CHECKED
