"""The versions of an audience, the graph, and the file of its members."""

from django.contrib.messages import get_messages

from audiences.models import Audience, AudienceVersion
from audiences.traits import create_trait
from tests.factories.audiences import PRO, make_audience
from tests.factories.contacts import NOW, make_contact, make_event, make_user

TEAM = {**PRO, "value": "team"}


def text_of(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def version(audience, number, rule, **fields):
    return AudienceVersion.objects.update_or_create(
        audience=audience,
        number=number,
        defaults={"rule": rule, "created_at": NOW, **fields},
    )[0]


def address(audience, part="versions/"):
    return f"/audiences/audience/{audience.pk}/{part}"


def twice_changed():
    """An audience that runs the second of two versions."""
    audience = make_audience(rule=TEAM)
    version(audience, 1, PRO, size=7, created_by=make_user(username="ada"))
    version(audience, 2, TEAM, size=9)
    Audience.objects.update(rule_version=2)
    return audience


def test_one_version_has_nothing_to_compare(admin_client):
    audience = make_audience()

    page = text_of(admin_client.get(address(audience)))

    assert "Version 1" in page
    assert "Nothing to compare yet" in page


def test_versions_are_listed_and_the_last_change_is_shown(admin_client):
    audience = twice_changed()

    page = text_of(admin_client.get(address(audience)))

    assert "From version 1 to version 2, which runs now" in page
    assert "<del>Plan is “pro”</del>" in page
    assert "Plan is “team”" in page
    assert "1 Mar 2026 12:00</span>, by ada · 7 contacts" in page
    assert "Restore version 1" in page
    assert "Restore version 2" not in page


def test_any_two_versions_compare(admin_client):
    audience = twice_changed()
    version(audience, 3, TEAM, counts_from=NOW)
    version(audience, 4, {"kind": "nonsense"})

    events = text_of(admin_client.get(address(audience), {"from": "2", "to": "3"}))
    broken = text_of(admin_client.get(address(audience), {"from": "2", "to": "4"}))
    same = text_of(admin_client.get(address(audience), {"from": "2", "to": "2"}))

    assert "Events count from 1 Mar 2026 12:00" in events
    assert "These can’t be compared" in broken
    assert "Nothing to compare yet" in same


def test_a_version_comes_back(admin_client):
    audience = twice_changed()

    version(audience, 1, PRO, counts_from=NOW)
    answer = admin_client.post(
        address(audience, "versions/1/restore/"), {"tells": "nobody"}
    )

    audience.refresh_from_db()
    assert answer["Location"] == address(audience, "change/")
    assert (audience.rule, audience.counts_from, audience.rule_version) == (PRO, NOW, 3)
    assert audience.refreshes.latest("pk").tells == "nobody"
    assert (
        admin_client.post(address(audience, "versions/9/restore/")).status_code == 404
    )


def test_a_version_that_names_what_is_gone_stays_away(admin_client):
    audience = twice_changed()
    AudienceVersion.objects.filter(number=1).update(
        rule={"kind": "list", "list": 10**9, "operator": "on"}
    )

    answer = admin_client.post(address(audience, "versions/1/restore/"))

    assert [str(message) for message in get_messages(answer.wsgi_request)] == [
        "Version 1 can't come back: This list is gone. Choose another."
    ]
    audience.refresh_from_db()
    assert audience.rule == TEAM


def test_only_who_may_change_restores(client, db):
    audience = twice_changed()
    client.force_login(make_user("audiences.view_audience"))

    assert client.post(address(audience, "versions/1/restore/")).status_code == 403
    assert "Restore version" not in text_of(client.get(address(audience)))


def test_the_graph_is_drawn_and_written(admin_client):
    inner = make_audience(name="A name that is far too long for a box")
    outer = make_audience(
        rule={"kind": "audience", "audience": inner.pk, "operator": "in"}
    )

    page = text_of(admin_client.get(address(outer, "connections/")))
    alone = make_audience(rule={"kind": "random", "percent": 5, "salt": "x"})

    assert "A name that is far too l…</text>" in page
    assert f'<a href="{address(inner, "change/")}">{inner.name}</a>' in page
    assert page.count('<path class="gl-graph__edge"') == 2
    assert "Nothing is connected yet" in text_of(
        admin_client.get(address(alone, "connections/"))
    )


def test_the_file_of_members_holds_what_is_chosen(admin_client):
    contact = make_contact(
        email="ada@example.com",
        first_name="=Ada",
        attributes={"plan": "pro", "tags": ["a", "b"]},
    )
    make_event(contact)
    audience = make_audience(name="Pros")
    trait = create_trait(
        name="Orders", definition={"kind": "count", "event": "order_completed"}, now=NOW
    )

    plain = admin_client.get(address(audience, "change/"), {"format": "csv"})
    chosen = admin_client.get(
        address(audience, "change/"),
        {"format": "csv", "attribute": ["tags", "plan"], "trait": [trait.pk, "x"]},
    )

    def lines(answer):
        return b"".join(answer.streaming_content).decode().lstrip("\ufeff").splitlines()

    assert lines(plain) == [
        "Email,First name,Last name,Language,Entered",
        "ada@example.com,'=Ada,,,2026-03-01T12:00:00+00:00",
    ]
    assert lines(chosen) == [
        "Email,First name,Last name,Language,Entered,Tags,Plan,Orders",
        'ada@example.com,\'=Ada,,,2026-03-01T12:00:00+00:00,"a, b",pro,1',
    ]
