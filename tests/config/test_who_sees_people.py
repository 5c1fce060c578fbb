"""The whole admin, address by address: no page forgets to ask who may see people."""

import re
from io import StringIO

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, reverse

from audiences.models import Audience, AudienceRefresh
from campaigns.flows.definition import walk_steps
from campaigns.models import Campaign, StartRun
from config.navigation import GROUPS
from contacts.admin.base import ListAdmin
from contacts.models import Contact, ContactList, Identifier, Receipt, Source
from contacts.site import PAGES
from referrals.models import AllowedHost, EndpointKey, Program
from tests.factories.contacts import make_user
from tests.factories.receipts import make_receipt
from tests.factories.tracking import make_source

# Files that everybody may have.
NOT_OURS = {"contacts_import_sample", "contacts_history_sample"}
LISTS = {
    f"{one.opts.app_label}_{one.opts.model_name}": one
    for one in admin.site._registry.values()
}
# Of a list or its rows, that shows no people, and leads to pages of ours that do.
LEADS_ON = re.compile(r"^auth_|_(history|delete)$")


def addresses(patterns):
    """All addresses of the admin that have a name."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield pattern


def shows_people(pattern):
    """Whether a page says that it shows people; None for what is not built on our bases."""
    page = getattr(pattern.callback, "view_class", None)
    if page is not None:
        values = pattern.callback.view_initkwargs
        return values.get("shows_people", page.shows_people)
    for name, one in LISTS.items():
        if pattern.name.startswith(f"{name}_"):
            return one.shows_people
    return None


OWN = {one.name: one for one in PAGES if one.name not in NOT_OURS}
NAMED = {one.name: one for one in addresses(admin.site.get_urls())} | OWN
SHOWING = {name for name, one in NAMED.items() if shows_people(one)}
NOT_SHOWING = {name for name, one in NAMED.items() if shows_people(one) is False}


def path_of(name, **values):
    """The address of a page, with the values that it takes."""
    taken = NAMED[name].pattern.converters
    return reverse(f"admin:{name}", kwargs={key: values.get(key, 1) for key in taken})


@pytest.fixture
def shop(db, settings):
    """Rows for every page, such that each of them has people it could show."""
    call_command("load_demo", contacts=150, days=90, stdout=StringIO())
    campaign = Campaign.objects.filter(state="running").latest("pk")
    mail = next(
        step["key"]
        for step in walk_steps(campaign.draft["steps"])
        if step["kind"] == "email"
    )
    StartRun.objects.create(campaign=campaign, version=campaign.published)
    EndpointKey.objects.create(name="Shop", prefix="gl_", digest="0")
    AllowedHost.objects.get_or_create(host="shop.example.com")
    source = make_source(name="Shop")
    own = Identifier.objects.latest("pk")
    make_receipt(source, identifier_id=own.pk, payload={"email": own.contact.email})
    rows = {
        "campaigns/start/": StartRun,
        "campaigns/": Campaign,
        "audiences/refresh/": AudienceRefresh,
        "audiences/": Audience,
        "contacts/contactlist/": ContactList,
        "contacts/": Contact,
        "referrals/allowedhost/": AllowedHost,
        "settings/": EndpointKey,
        "data/sources/": Source,
        "data/debugger/": Receipt,
        "referrals/": Program,
    }
    audience = Audience.objects.get(pk=campaign.draft["trigger"]["audience"])
    AudienceRefresh.objects.create(audience=audience)

    def values_for(name):
        kind = next(
            (
                one
                for start, one in rows.items()
                if str(NAMED[name].pattern).startswith(start)
            ),
            Campaign,
        )
        row = {Campaign: campaign, Audience: audience}.get(kind) or kind.objects.latest(
            "pk"
        )
        return {
            **{"pk": row.pk, "object_id": row.pk, "id": row.pk, "batch": 1},
            "number": 1,
            **{"key": mail, "action": "pause", "group": "delivered"},
            "contact_id": Contact.objects.latest("pk").pk,
        }

    return values_for


@pytest.fixture
def blindfolded(shop, client):
    """A client whose user may do everything but see people."""
    user = make_user(username="blindfolded")
    user.user_permissions.set(Permission.objects.exclude(codename="view_contact"))
    client.force_login(user)
    return client


def content_of(response):
    """What an answer says, also if it is streamed."""
    if response.streaming:
        return b"".join(response.streaming_content).decode()
    return response.content.decode()


def people_in(text):
    """The contacts whose address or whole name stands in a text."""
    people = Contact.objects.exclude(first_name="", last_name="")
    return {
        contact.email
        for contact in people
        if contact.email in text or f"{contact.first_name} {contact.last_name}" in text
    }


def test_pages_of_both_kinds_are_known():
    assert {
        "contacts_contact_change",
        "campaigns_enrollments",
        "campaigns_message_export",
    } <= SHOWING
    assert {
        "campaigns_flow",
        "audiences_preview",
        "contacts_contactlist_changelist",
    } <= NOT_SHOWING
    assert set(OWN) <= SHOWING | NOT_SHOWING
    assert all(isinstance(one, ListAdmin) for one in LISTS.values())


def test_who_may_not_see_people_sees_none(blindfolded, shop):
    shown, refused, opened = {}, set(), set()
    for name in sorted(SHOWING | NOT_SHOWING):
        path = path_of(name, **shop(name))
        for query in ("", "?format=csv"):
            response = blindfolded.get(path + query)
            if response.status_code == 403:
                refused.add(name)
            elif response.status_code in (200, 286):
                opened.add(name)
                found = people_in(content_of(response))
                if found:
                    shown[name + query] = found

    assert shown == {}
    assert {name for name in SHOWING - refused if not LEADS_ON.search(name)} == set()
    assert len(opened) > 25


def test_the_walk_finds_people_where_they_are(admin_client, shop):
    named = ("contacts_contact_changelist", "campaigns_enrollments", "campaigns_review")
    for name in named:
        response = admin_client.get(path_of(name, **shop(name)))
        assert people_in(content_of(response)), name


def test_home_and_each_entry_of_the_sidebar_open(blindfolded):
    request = blindfolded.get("/").wsgi_request
    entries = [entry for group in GROUPS.values() for entry in group]
    shown = [one for one in entries if one.get("permission", bool)(request)]

    assert people_in(content_of(blindfolded.get("/"))) == set()
    assert {
        str(one["link"]): blindfolded.get(one["link"]).status_code for one in shown
    } == {str(one["link"]): 200 for one in shown}
    assert 5 < len(shown) < len(entries)


@pytest.mark.parametrize("name", sorted(OWN))
def test_strangers_sign_in_before_they_learn_what_is_there(db, client, name):
    values = {
        "pk": 0,
        "batch": 0,
        "number": 0,
        "contact_id": 0,
        "key": "no",
        "action": "no",
        "group": "no",
    }
    path = path_of(name, **values)

    assert [
        (one.status_code, one["Location"])
        for one in (client.get(path), client.post(path))
    ] == [(302, f"/login/?next={path}")] * 2
