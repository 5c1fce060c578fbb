"""Files that are wrong, on purpose or not, are answered with sentences."""

import json
from copy import deepcopy

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audiences.definitions import create_audience
from audiences.traits import create_trait
from campaigns.files.format import named_by
from campaigns.files.parse import LARGEST, FileRefused
from campaigns.files.read import read_campaign
from campaigns.flows.blanks import BLANKS
from campaigns.flows.definition import empty_document
from campaigns.flows.edits import new_step
from campaigns.models import Campaign
from contacts.lists import create_list
from tests.campaigns.files.strategies import documents
from tests.factories.campaigns import NOW, make_campaign
from tests.factories.connections import make_connection
from tests.factories.contacts import make_user
from tests.factories.referrals import make_program

NOTHING_KNOWN = {
    kind: ["Name"]
    for kind in ("list", "trait", "audience", "campaign", "user", "connection")
}


@pytest.fixture
def called_name(db):
    """Something of each kind that the generated files name."""
    listed = create_list(name="Name", now=NOW)
    rule = {"kind": "list", "list": listed.pk, "operator": "on"}
    create_audience(name="Name", rule=rule, now=NOW)
    create_trait(name="Name", definition={"kind": "count", "event": "x"}, now=NOW)
    make_campaign(name="Name")
    make_user(username="Name")
    make_connection(name="Name")


def test_a_trait_that_the_file_does_not_explain_is_looked_for():
    wanted = {"kind": "trait", "trait": "Spent", "operator": "at_least", "value": 3}
    file = read_campaign(json.dumps(make_file(exit={"condition": wanted})).encode())

    assert file.places() == {("trait", "Spent"): ["the exit"]}
    assert list(named_by(("trait", "Spent"), {})) == []


def make_file(**changes):
    """Make a file that can be read."""
    campaign = {"name": "Spring", "program": "Friends", "priority": 50}
    return {
        "format": "greenlight-campaign",
        "version": 1,
        "campaign": campaign | empty_document() | changes,
        "needs": {},
    }


def refusal(file):
    """Say why a file is refused."""
    raw = file if isinstance(file, bytes) else json.dumps(file).encode()
    with pytest.raises(FileRefused) as refused:
        read_campaign(raw)
    return [(one.place, one.message) for one in refused.value.problems]


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "The file can't be read as JSON from there on: Expecting value."),
        (b"\xff\xfe\x00", "This is no text in UTF-8."),
        (b"[1, 2]", "This is JSON, but no campaign."),
        (b"[" * 100_000, "The file has more levels than any campaign."),
        (b'{"a":' * 150 + b"1" + b"}" * 150, "more levels than any campaign."),
        (b'{"a": 1, "a": 2}', "“a” stands twice in one object."),
        (b'{"a": NaN}', "NaN is no number."),
        (b'{"a": 1e999}', "is too large."),
        (b'{"a": ' + b"9" * 5_000 + b"}", "The file can't be read: "),
        (b'{"a": "\\u0000"}', "This text has a character that can't be kept."),
        (b'{"\\ud800": 1}', "This text has a character that can't be kept."),
        (b"x" * (LARGEST + 1), "The file is larger than 2 MB."),
        (b"{}", "This is no campaign of Greenlight"),
    ],
)
def test_what_is_no_file_of_ours_is_refused(raw, sentence):
    [(_, message)] = refusal(raw)

    assert sentence in message


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        (2, "A newer Greenlight wrote this file (version 2); this one reads up to"),
        ("1", "The version is no number."),
        (True, "The version is no number."),
        (0, "The version is no number."),
    ],
)
def test_another_version_is_refused(version, sentence):
    [(place, message)] = refusal(make_file() | {"version": version})

    assert place == "version"
    assert message.startswith(sentence)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"steps": [{"key": "a", "kind": "teleport", "name": "Go"}]},
            (
                "campaign › steps › 1 › kind",
                "This Greenlight knows no step of the kind “teleport”. It knows"
                f" {', '.join(BLANKS)}.",
            ),
        ),
        (
            {"steps": "none"},
            ("campaign › steps", "Expected a list; got “none”."),
        ),
        (
            {"steps": [new_step("delay", key="a") | {"amount": "ten"}]},
            (
                "campaign › steps › 1 › amount",
                "Expected a whole number from 0 to 1,000,000; got “ten”.",
            ),
        ),
        (
            {"steps": [new_step("note", key="../x")]},
            (
                "campaign › steps › 1 › key",
                "Expected a key of at most 20 letters and digits; got “../x”.",
            ),
        ),
        (
            {"steps": [new_step("note", key="a"), new_step("exit", key="a")]},
            ("campaign › steps", "The key “a” stands more than once."),
        ),
        (
            {"name": "x" * 121},
            ("campaign › name", "A text of more than 120 characters."),
        ),
        ({"name": " "}, ("campaign › name", "The campaign has no name.")),
        (
            {"settings": {"time_zone": "Mars/Base"}},
            (
                "campaign › settings › time_zone",
                "Expected a zone such as Europe/Berlin; got “Mars/Base”.",
            ),
        ),
        (
            {"settings": {"from_name": "A\r\nBcc: x@example.com"}},
            (
                "campaign › settings › from_name",
                "Expected one line, without control characters.",
            ),
        ),
        (
            {"goal": {"condition": {"kind": "audience", "operator": "in"}}},
            (
                "campaign › goal › condition › audience",
                "Choose an audience.",
            ),
        ),
        (
            {"trigger": {"event": {"name": "Done", "filters": [{"name": 3}]}}},
            (
                "campaign › trigger › event › filters › 1 › name",
                "Choose a property.",
            ),
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(changes, problem):
    assert refusal(make_file(**changes)) == [problem]


def test_things_that_name_themselves_are_refused():
    file = make_file()
    for_one = {"kind": "audience", "operator": "in", "audience": "Two"}
    for_two = {"kind": "audience", "operator": "in", "audience": "One"}
    file["needs"] = {"audiences": {"One": {"rule": for_one}, "Two": {"rule": for_two}}}

    sentence = "It names itself, by way of others. Take one of them out."
    assert refusal(file) == [
        ("needs › audiences › One", sentence),
        ("needs › audiences › Two", sentence),
    ]


def test_what_is_explained_wrongly_is_refused():
    file = make_file()
    file["needs"] = {
        "audiences": {"A": {"rule": {"kind": "magic"}, "counts_from": "soon"}},
        "traits": {"T": {"definition": {"kind": "count"}}, "U": {"definition": 3}},
        "lists": {"L": {"everybody": "yes"}},
        "users": "maria",
    }

    found = refusal(file)

    assert found == [
        ("needs › lists › L › everybody", "Expected true or false; got “yes”."),
        ("needs › users", "Expected a list; got “maria”."),
    ]
    file["needs"] |= {"lists": {}, "users": []}
    assert [place for place, _ in refusal(file)] == [
        "needs › audiences › A › rule › kind",
        "needs › audiences › A › counts_from",
        "needs › traits › T › definition › event",
        "needs › traits › U › definition",
    ]


def test_what_is_only_unknown_is_left_out_with_a_note():
    check = new_step("branch", key="a", name="Check", condition={"kind": "magic"})
    note = new_step("note", key="b", name="Note") | {"sparkle": 1}
    file = make_file(steps=[check, note], guardrails={"off": ["no_consent"]})

    read = read_campaign(json.dumps(file).encode())

    assert read.document["steps"][0]["condition"] is None
    assert "sparkle" not in read.document["steps"][1]
    assert read.document["guardrails"] == {"off": []}
    assert [note.split(":")[0] for note in read.notes] == [
        "“campaign › steps › 2 › sparkle” is not known here and is left out.",
        "“Check”",
        "Guardrails that can't be switched off stay on",
    ]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["<script>", "all", "event", "audience", "en", "{{ x", "a\nb"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["kind", "name", "conditions", "of", "left", "steps", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=5,
)


def places_in(value, path=()):
    """List the ways to everything inside."""
    yield path
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, child in inner:
        yield from places_in(child, (*path, key))


def put(file, path, value):
    """Put something in the place of what is there."""
    for key in path[:-1]:
        file = file[key]
    file[path[-1]] = value


@pytest.mark.django_db
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_whatever_a_file_says_no_page_breaks(data, admin_client, called_name):
    """A file with odd values in odd places is refused, or its pages can be looked at."""
    program = make_program()
    file = make_file(**deepcopy(data.draw(documents(NOTHING_KNOWN))))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(places_in(file))[1:]))
        put(file, path, data.draw(JSON))
    text = json.dumps(file)

    uploaded = SimpleUploadedFile("campaign.json", text.encode())
    shown = admin_client.post("/campaigns/campaign/import/", {"file": uploaded})
    assert shown.status_code == 200

    choices = [
        *shown.context.get("choices", ()),
        *shown.context.get("inner_choices", ()),
    ]
    values = {"text": text, "name": "Odd", "program": program.pk, "confirm": "yes"}
    values |= {
        one.match.field_name: [*one.match.options, *one.match.others][0].value
        for one in choices
        if one.match.is_possible
    }
    made = admin_client.post("/campaigns/campaign/import/", values)
    if made.status_code == 302:
        campaign = Campaign.objects.latest("pk")
        for page in ("trigger", "flow", "goal", "review", "export-file"):
            address = f"/campaigns/campaign/{campaign.pk}/{page}/"
            assert admin_client.get(address).status_code == 200
        assert admin_client.get("/campaigns/campaign/").status_code == 200


@pytest.mark.django_db
def test_a_whole_campaign_is_read_as_it_was_written():
    campaign = make_campaign(steps=[new_step(kind, key=kind) for kind in BLANKS])
    campaign.refresh_from_db()
    file = make_file(**campaign.draft)

    read = read_campaign(json.dumps(file).encode())

    assert (read.document, read.notes) == (campaign.draft, [])
