"""Past events and what follows: audiences know them, and no campaign begins unless it may."""

from datetime import timedelta

import pytest

from audiences.admin.receipt_section import audience_rows
from audiences.definitions import create_audience
from audiences.memberships.fill import fill_next
from audiences.memberships.live import react_next
from audiences.memberships.refresh import refresh_audience
from audiences.models import Audience, MembershipChange
from audiences.models.membership import Cause
from campaigns.admin.receipt_section import enrollment_rows
from campaigns.engine import enroll, lifecycle
from campaigns.flows.edits import new_step
from campaigns.models import Enrollment, StartRun
from contacts import work
from contacts.drain import understand
from contacts.histories.rows import read_item
from contacts.models import Contact, Receipt
from tests.factories.campaigns import make_campaign, make_version
from tests.factories.contacts import NOW, make_contact
from tests.factories.histories import check_history, import_history
from tests.factories.tracking import make_source

pytestmark = pytest.mark.django_db
ROW = "Order Completed,ana@example.com,{},99"
LATELY = {
    "kind": "event",
    "name": "Order Completed",
    "operator": "at_least",
    "count": 1,
    "window": {"kind": "last", "amount": 30, "unit": "days"},
    "filters": [],
}


@pytest.fixture(autouse=True)
def upload_dir(settings, tmp_path):
    settings.UPLOAD_DIR = tmp_path


@pytest.fixture
def campaign():
    """A running campaign for everybody who enters the audience of recent buyers."""
    audience = create_audience(name="Recent buyers", rule=LATELY, now=NOW)
    while fill_next(NOW):
        pass
    campaign = make_campaign(
        name="Ask buyers",
        steps=[new_step("delay", key="delay")],
        trigger={
            "audience": audience.pk,
            "existing": False,
            "frequency": "every_entry",
        },
    )
    campaign.published = make_version(campaign)
    campaign.save()
    lifecycle.start(campaign=campaign, user=None, now=NOW)
    while work.advance_one(StartRun, enroll.enroll_members, now=NOW):
        pass
    return campaign


def go_on(now):
    """Do all that waits in audiences and campaigns."""
    while react_next(now):
        pass
    while enroll.enroll_moments(now=now):
        pass


def days(count):
    return NOW + timedelta(days=count)


def order(source, *, user_id, at, email=""):
    """Send an event as a server does."""
    item = {
        "type": "track",
        "event": "Order Completed",
        "userId": user_id,
        "messageId": f"live-{at}",
        "timestamp": at.isoformat(),
    }
    message = read_item(item, source_id=source.pk, now=at, is_historical=False)
    [result] = understand([message], now=at)
    return Receipt.objects.get(pk=result.receipt_id), Contact.objects.get(
        pk=result.contact_id
    )


def told(rows):
    return [(row.label, row.value) for row in rows]


def test_history_lets_people_enter_and_no_campaign_begins(campaign):
    import_history(ROW.format(days(-10).isoformat()), now=NOW, makes_people=True)
    go_on(NOW)
    audience = campaign.published.definition["trigger"]["audience"]
    receipt = Receipt.objects.get(kind="track")
    ana = Contact.objects.get(email="ana@example.com")

    assert list(MembershipChange.objects.values_list("contact", "change", "cause")) == [
        (ana.pk, "entered", "history")
    ]
    assert not Enrollment.objects.exists()
    assert told(audience_rows(receipt, ana)) == [
        ("Recent buyers", "Entered; starts nothing")
    ]
    assert enrollment_rows(receipt, ana) == []

    # Thirty days after the order she leaves; a live order lets her enter again, and counts.
    refresh_audience(
        Audience.objects.get(pk=audience), now=days(21), cause=Cause.REFRESHED
    )
    source = make_source()
    ana.identifiers.create(kind="user_id", value="u1", created_at=NOW)
    receipt, contact = order(source, user_id="u1", at=days(22))
    go_on(days(22))

    assert contact == ana
    assert list(
        MembershipChange.objects.order_by("pk").values_list("change", "cause")
    ) == [("entered", "history"), ("left", "refreshed"), ("entered", "event")]
    assert Enrollment.objects.get().contact == ana
    assert told(audience_rows(receipt, ana)) == [("Recent buyers", "Entered")]
    assert told(enrollment_rows(receipt, ana)) == [("Ask buyers", "Active")]


def test_refresh_between_import_and_reaction_starts_nothing_either(campaign):
    import_history(ROW.format(days(-10).isoformat()), now=NOW)
    audience = campaign.published.definition["trigger"]["audience"]

    refresh_audience(Audience.objects.get(pk=audience), now=NOW, cause=Cause.REFRESHED)
    go_on(NOW)

    assert MembershipChange.objects.get().cause == "history"
    assert not Enrollment.objects.exists()


def test_history_that_fires_starts_campaigns_at_once(campaign):
    import_history(ROW.format(days(-10).isoformat()), now=NOW, fires=True)
    go_on(NOW)

    assert MembershipChange.objects.get().cause == "event"
    assert Enrollment.objects.count() == 1


def test_confirmation_says_what_will_happen(campaign):
    make_contact(email="ana@example.com")
    ben = make_contact(email="ben@example.com")
    rows = [
        ROW.format(days(-10).isoformat()),
        ROW.format(days(-90).isoformat()).replace("ana", "ben"),
        ROW.format(days(-5).isoformat()).replace("ana", "new"),
    ]

    run = check_history(*rows, now=NOW)

    assert ben
    assert [(one["text"], one["if_fires"]) for one in run.forecast["predictions"]] == [
        ("1 person would enter the audience “Recent buyers”.", False),
        (
            "The campaign “Ask buyers” would begin for those who enter “Recent buyers”.",
            True,
        ),
    ]
    assert not MembershipChange.objects.exists()


def test_for_very_many_people_audiences_are_named_without_numbers(
    campaign, monkeypatch
):
    monkeypatch.setattr("audiences.memberships.forecast.MOST_PEOPLE", 0)
    make_contact(email="ana@example.com")

    run = check_history(ROW.format(days(-10).isoformat()), now=NOW)

    assert run.forecast["predictions"][0]["text"] == (
        "The audience “Recent buyers” looks at these events; how many enter it shows after "
        "the import."
    )
