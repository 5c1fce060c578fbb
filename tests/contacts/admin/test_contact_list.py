import pytest

from contacts import lists
from contacts.models import Contact, ContactList
from tests.factories.contacts import make_contact, make_list, make_user

pytestmark = pytest.mark.django_db
LISTS = "/contacts/contactlist/"


@pytest.fixture
def marketer(client):
    client.force_login(
        make_user(
            *(
                f"contacts.{verb}_contactlist"
                for verb in ("view", "add", "change", "delete")
            ),
            "contacts.view_contact",
        )
    )
    return client


@pytest.fixture
def reader(client):
    client.force_login(make_user("contacts.view_contactlist", "contacts.view_contact"))
    return client


def path_of(contact_list, part="change"):
    return f"{LISTS}{contact_list.pk}/{part}/"


def names_on(page):
    return [contact.name for contact in page.context["page_obj"]]


@pytest.mark.parametrize("count", [1, 3])
def test_lists_show_their_sizes_in_the_same_queries(
    marketer, count, django_assert_num_queries
):
    ada = make_contact()
    for number in range(count):
        make_list(name=f"List {number}", contacts=[ada])
    make_contact()
    marketer.get(LISTS)

    with django_assert_num_queries(6):
        page = marketer.get(LISTS)

    sizes = [(row.name, row.size) for row in page.context["cl"].result_list]
    assert sizes == [("All customers", 2)] + [(f"List {n}", 1) for n in range(count)]


def test_pages_are_refused_without_permission(client):
    vips = make_list(name="Hidden gems", contacts=[make_contact()])
    client.force_login(make_user())

    for path in (
        LISTS,
        LISTS + "add/",
        LISTS + "export/",
        *(
            path_of(vips, part)
            for part in ("change", "members", "candidates", "edit", "delete")
        ),
    ):
        page = client.get(path)
        assert page.status_code == 403
        assert "Hidden gems" not in page.content.decode()


def test_list_is_created_by_form(marketer):
    page = marketer.post(
        LISTS + "add/", {"name": " VIPs ", "description": "Best"}, follow=True
    )

    made = ContactList.objects.get(kind="chosen")
    assert (made.name, made.description, made.created_by) == (
        "VIPs",
        "Best",
        page.context["user"],
    )
    assert "Nobody is on this list yet" in page.content.decode()


def test_name_of_another_list_is_refused(marketer):
    vips, other = make_list(name="VIPs"), make_list(name="Other")

    page = marketer.post(LISTS + "add/", {"name": "vips"})
    assert "There is a list “vips” already." in page.content.decode()
    page = marketer.post(path_of(other, "edit"), {"name": "VIPS"})
    assert "There is a list “VIPS” already." in page.content.decode()
    assert page.context["title"] == "Other"

    assert ContactList.objects.filter(name__iexact="vips").get() == vips


def test_list_is_renamed(marketer):
    vips = make_list(name="VIPs")

    marketer.post(path_of(vips, "edit"), {"name": "vips", "description": "New"})

    vips.refresh_from_db()
    assert (vips.name, vips.description) == ("vips", "New")


def test_members_can_be_searched_and_turned(marketer):
    people = [make_contact(first_name=f"Ada {n}") for n in range(26)]
    ben = make_contact(first_name="Ben")
    vips = make_list(contacts=[*people, ben])

    assert names_on(marketer.get(path_of(vips, "members"), {"q": "ben"})) == ["Ben"]
    assert len(names_on(marketer.get(path_of(vips), {"page": 2}))) == 2
    part = marketer.get(path_of(vips, "members"), {"q": "nobody"}).content.decode()
    assert "<html" not in part
    assert "Nobody on this list matches “nobody”." in part


@pytest.mark.parametrize("count", [1, 3])
def test_members_take_the_same_queries(marketer, count, django_assert_num_queries):
    vips = make_list(contacts=[make_contact() for _ in range(count)])
    marketer.get(path_of(vips, "members"))

    with django_assert_num_queries(6):
        page = marketer.get(path_of(vips, "members"))

    assert len(names_on(page)) == count


def test_candidates_are_those_who_are_not_on_it(marketer):
    ada, anna = make_contact(first_name="Ada"), make_contact(first_name="Adam")
    vips = make_list(contacts=[ada])

    part = marketer.get(path_of(vips, "candidates"), {"who": "ada"})
    assert part.context["candidates"] == [anna]
    assert "Nobody else matches" in (
        marketer.get(path_of(vips, "candidates"), {"who": "zz"}).content.decode()
    )
    assert marketer.get(path_of(vips, "candidates")).context["candidates"] == []


def test_contact_is_added_and_taken_off(marketer):
    ada = make_contact(first_name="Ada")
    vips = make_list()

    for _ in range(2):
        part = marketer.post(path_of(vips, "change-members"), {"add": ada.pk})
        assert names_on(part) == ["Ada"]
        assert part.context["contact_list"].size == 1
        assert part.headers["HX-Trigger"] == "members-changed"

    part = marketer.post(path_of(vips, "change-members"), {"remove": ada.pk})
    assert names_on(part) == []
    assert names_on(marketer.post(path_of(vips, "change-members"), {"add": "x"})) == []


def test_members_are_not_changed_without_permission(reader):
    ada = make_contact()
    vips = make_list()

    assert (
        reader.post(path_of(vips, "change-members"), {"add": ada.pk}).status_code == 403
    )
    assert "Add contacts" not in reader.get(path_of(vips)).content.decode()
    assert not lists.members(vips).exists()


def test_list_of_everyone_shows_all_and_offers_no_change(marketer):
    ada = make_contact(first_name="Ada")
    everyone = lists.everyone()

    page = marketer.get(path_of(everyone))
    assert names_on(page) == ["Ada"]
    assert "Add contacts" not in page.content.decode()
    assert (
        "can’t be deleted" in marketer.get(path_of(everyone, "delete")).content.decode()
    )
    answer = marketer.post(path_of(everyone, "change-members"), {"remove": ada.pk})
    assert answer.status_code == 404
    marketer.post(path_of(everyone, "delete"))
    assert lists.everyone() == everyone


def test_delete_says_what_follows_and_leaves_the_contacts(marketer):
    vips = make_list(name="VIPs", contacts=[make_contact()])

    assert (
        "1 contact is on it" in marketer.get(path_of(vips, "delete")).content.decode()
    )
    page = marketer.post(path_of(vips, "delete"), follow=True)

    assert "The list “VIPs” is gone" in page.content.decode()
    assert not ContactList.objects.filter(pk=vips.pk).exists()
    assert Contact.objects.count() == 1


def test_list_in_use_is_not_deleted(marketer, monkeypatch):
    monkeypatch.setattr(lists, "USES", [])
    lists.register_use(lambda contact_list: ["the audience “Regulars”"])
    vips = make_list(name="VIPs")

    page = marketer.post(path_of(vips, "delete")).content.decode()

    assert "needed by the audience “Regulars”" in page
    assert ContactList.objects.filter(pk=vips.pk).exists()


@pytest.mark.parametrize("key", ["0", "x", "9" * 30])
def test_list_that_does_not_exist_is_not_found(marketer, key):
    assert marketer.get(f"{LISTS}{key}/change/").status_code == 404


def test_export_holds_the_sizes(marketer):
    make_list(name="VIPs", contacts=[make_contact()])

    lines = b"".join(marketer.get(LISTS + "export/").streaming_content).decode()

    assert "VIPs,,1,2026-03-01T12:00:00+00:00" in lines.splitlines()
