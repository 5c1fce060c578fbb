from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory
from django.utils import timezone
from django.views.generic import View

from contacts.admin import base
from contacts.admin.base import AdminPage, Crumb, CsvExportMixin, WorkProgressPage
from contacts.models.work import WorkState
from contacts.work import claim
from tests.contacts.errand import Errand
from tests.factories.contacts import make_user


class ReportPage(CsvExportMixin, AdminPage):
    title = "Report"
    permission_required = ("contacts.view_contact",)
    template_name = "admin/page.html"
    results_template_name = "components/_empty.html"
    csv_name = "Report"
    csv_headers = {"name": "Name", "count": "Count"}

    def get_csv_rows(self):
        return [{"name": "=x", "count": 3}]

    def get_breadcrumbs(self):
        return [Crumb("Reports", "/reports/")]


class ErrandProgressPage(WorkProgressPage):
    model = Errand
    permission_required = ("contacts.view_contact",)
    stop_permission = "contacts.change_contact"
    url_name = "admin:contacts_contact_change"


def ask(page, user, *, method="get", path="/", **kwargs):
    request = getattr(RequestFactory(), method)(path)
    request.user = user
    answer = page(request, **kwargs)
    return answer.render() if hasattr(answer, "render") else answer


@pytest.mark.django_db
def test_page_is_whole_and_its_results_are_a_part():
    user = make_user("contacts.view_contact")

    whole = ask(ReportPage.as_view(), user).content.decode()
    part = ask(ReportPage.as_view(results_only=True), user).content.decode()

    assert '<a href="/reports/">Reports</a>' in whole
    assert "X-CSRFToken" in whole
    assert "<html" in whole
    assert "<html" not in part


@pytest.mark.django_db
def test_page_refuses_who_may_not_and_asks_who_is_nobody():
    with pytest.raises(PermissionDenied):
        ask(ReportPage.as_view(), make_user())

    answer = ask(ReportPage.as_view(), AnonymousUser())

    assert answer.url.startswith("/login/")


@pytest.mark.django_db
def test_page_refuses_who_is_no_staff_any_more():
    with pytest.raises(PermissionDenied):
        ask(ReportPage.as_view(), make_user("contacts.view_contact", is_staff=False))


@pytest.mark.django_db
def test_page_gives_its_rows_as_a_file():
    user = make_user("contacts.view_contact")

    answer = ask(ReportPage.as_view(), user, path="/?format=csv")

    assert b"".join(answer.streaming_content) == (
        "\ufeffName,Count\r\n'=x,3\r\n".encode()
    )


def test_page_must_say_what_its_rows_are():
    class Incomplete(CsvExportMixin, View):
        pass

    with pytest.raises(NotImplementedError):
        Incomplete().get_csv_rows()


def progress(user, errand, method="get"):
    return ask(ErrandProgressPage.as_view(), user, method=method, pk=errand.pk)


@pytest.mark.django_db(transaction=True)
def test_progress_is_polled_until_the_work_is_over(errands):
    user = make_user("contacts.view_contact")
    errand = errands.objects.create(total_count=200)
    claim(Errand, now=timezone.now() - timedelta(seconds=10))
    errands.objects.update(done_count=50, phase="Checking addresses")

    answer = progress(user, errand)

    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'hx-trigger="every 1s"' in text
    assert "Checking addresses" in text
    assert "25%" in text
    assert "50 of 200" in text
    assert "5 per second" in text
    assert "about 30 seconds left" in text

    errands.objects.update(state=WorkState.FAILED, error="The file is gone.")
    answer = progress(user, errand)

    assert answer.status_code == base.STOP_POLLING
    assert answer.headers["HX-Trigger"] == "work-over"
    assert "hx-trigger" not in answer.content.decode()
    assert "The file is gone." in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_progress_stops_the_work_when_asked(errands):
    user = make_user("contacts.view_contact", "contacts.change_contact")
    running = errands.objects.create()
    claim(Errand, now=timezone.now())
    waiting = errands.objects.create()

    assert "Stopping…" in progress(user, running, "post").content.decode()
    assert progress(user, waiting, "post").status_code == base.STOP_POLLING

    running.refresh_from_db()
    assert running.cancel_requested_at is not None


@pytest.mark.django_db(transaction=True)
def test_progress_goes_on_when_asked_by_who_may_only_look(errands):
    waiting = errands.objects.create()

    with pytest.raises(PermissionDenied):
        progress(make_user("contacts.view_contact"), waiting, "post")

    waiting.refresh_from_db()
    assert waiting.cancel_requested_at is None


@pytest.mark.django_db(transaction=True)
def test_progress_offers_to_stop_only_to_who_may(errands):
    waiting = errands.objects.create()
    looks = make_user("contacts.view_contact")
    acts = make_user("contacts.view_contact", "contacts.change_contact")

    assert ">Stop</button>" not in progress(looks, waiting).content.decode()
    assert ">Stop</button>" in progress(acts, waiting).content.decode()


@pytest.mark.django_db(transaction=True)
def test_progress_says_when_no_worker_comes(errands):
    user = make_user("contacts.view_contact")
    errand = errands.objects.create(created_at=timezone.now() - timedelta(seconds=90))

    assert "No worker has taken this up" in progress(user, errand).content.decode()

    errands.objects.update(created_at=timezone.now())
    assert "No worker has taken" not in progress(user, errand).content.decode()
