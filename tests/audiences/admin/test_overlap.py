"""The chart of overlaps, and the people behind it."""

import pytest

from tests.factories.audiences import make_audience
from tests.factories.contacts import make_contact, make_user

CHART = "/audiences/overlap/"
PEOPLE = "/audiences/overlap/people/"


def text_of(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def holder(name):
    return {"kind": "attribute", "name": name, "operator": "is_true"}


@pytest.fixture
def two(db):
    """Ada is in both, Bob in the first only."""
    make_contact(first_name="Ada", attributes={"a": True, "b": True})
    make_contact(first_name="Bob", attributes={"a": True})
    return [make_audience(name=name, rule=holder(name)) for name in ("a", "b")]


def chosen(audiences, **more):
    return {"audience": [audience.pk for audience in audiences], **more}


def test_the_chart_counts_and_its_table_says_the_same(admin_client, two):
    page = text_of(admin_client.get(CHART, chosen(two)))

    first, second = (audience.pk for audience in two)
    assert "2 people in at least one of them" in page
    assert "<title>a only: 1</title>" in page
    assert "<title>a + b: 1</title>" in page
    assert f'href="/audiences/audience/add/?in={first}&amp;in={second}"' in page
    assert f'href="/audiences/audience/add/?in={first}&amp;not_in={second}"' in page


def test_an_intersection_lists_its_people(admin_client, two):
    both = text_of(admin_client.get(PEOPLE, chosen(two, pattern=3)))
    first = text_of(admin_client.get(PEOPLE, chosen(two, pattern=1)))
    none = text_of(admin_client.get(PEOPLE, chosen(two, pattern=2)))

    assert "Ada" in both
    assert "Bob" not in both
    assert "Bob" in first
    assert "Ada" not in first
    assert "Nobody is in exactly these" in none


def test_an_intersection_becomes_an_audience(admin_client, two):
    first, second = (audience.pk for audience in two)

    page = text_of(
        admin_client.get(f"/audiences/audience/add/?in={first}&not_in={second}")
    )

    assert f'<option value="{first}" selected>a' in page
    assert f'<option value="{second}" selected>b' in page
    assert '<option value="not_in" selected>' in page


@pytest.mark.parametrize("pattern", ["0", "4", "x", "99999"])
def test_no_such_intersection_is_no_page(admin_client, two, pattern):
    assert admin_client.get(PEOPLE, chosen(two, pattern=pattern)).status_code == 404


def test_what_can_not_be_drawn_says_what_to_do(admin_client, two):
    many = [make_audience() for _ in range(7)]

    assert "Choose at least two audiences." in text_of(admin_client.get(CHART))
    assert "Choose at most 8: 9 are chosen." in text_of(
        admin_client.get(CHART, chosen([*two, *many]))
    )
    assert "Nobody is in any of them" in text_of(
        admin_client.get(CHART, chosen(many[:2]))
    )


def test_without_audiences_it_says_so(admin_client):
    assert "Nothing to compare yet" in text_of(admin_client.get(CHART))


def test_many_intersections_end_in_others(admin_client, db):
    names = "abcdef"
    for pattern in range(1, 64):
        inside = [name for at, name in enumerate(names) if pattern >> at & 1]
        make_contact(attributes=dict.fromkeys(inside, True))
    audiences = [make_audience(name=name, rule=holder(name)) for name in names]

    page = text_of(admin_client.get(CHART, chosen(audiences)))

    assert page.count("gl-upset__column") == 40
    assert "And 23 smaller intersections with 23 people in all." in page


def test_who_may_not_see_people_sees_numbers(client, two):
    client.force_login(make_user("audiences.view_audience"))

    page = text_of(client.get(CHART, chosen(two)))

    assert "<title>a + b: 1</title>" in page
    assert "/audiences/overlap/people/" not in page
    assert client.get(PEOPLE, chosen(two, pattern=1)).status_code == 403
