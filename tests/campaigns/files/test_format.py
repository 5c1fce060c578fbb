"""What a file names, and where."""

from campaigns.files.format import CampaignFile, named_by
from campaigns.flows.definition import empty_document
from campaigns.flows.edits import new_step

ON_LIST = {"kind": "list", "list": "VIPs", "operator": "on"}


def test_each_thing_is_named_once_with_the_places_where_it_stands():
    document = empty_document() | {
        "steps": [
            new_step("list", key="a", name="Add", list="VIPs"),
            new_step("branch", key="b", name="Is one?", condition=ON_LIST),
            new_step("webhook", key="c", name="Tell", connection="CRM"),
            new_step("webhook", key="d", name="Tell", connection="CRM"),
        ]
    }
    document["trigger"] |= {"kind": "audience", "audience": "Pros"}

    places = CampaignFile("Spring", "Friends", 50, document, {}).places()

    assert list(places) == [
        ("audience", "Pros"),
        ("list", "VIPs"),
        ("connection", "CRM"),
    ]
    assert len(places["list", "VIPs"]) == 2
    assert len(places["connection", "CRM"]) == 1


def test_definitions_name_things_in_turn():
    audience = {"rule": {"kind": "not", "condition": ON_LIST}}

    assert list(named_by(("audience", "Pros"), audience)) == [("list", "VIPs")]
    assert list(named_by(("audience", "Pros"), {})) == []
    assert list(named_by(("list", "VIPs"), {"rule": ON_LIST})) == []
