"""Audiences can ask for what happens in campaigns and referrals before it has happened."""

import pytest

from audiences import catalog
from campaigns import event_names as of_campaigns
from referrals import event_names as of_referrals


@pytest.mark.parametrize("names", [of_campaigns, of_referrals])
def test_each_event_has_a_label_and_properties(names):
    events = {
        word
        for name, word in vars(names).items()
        if name.isupper() and isinstance(word, str)
    }

    known = {name: catalog.KNOWN_EVENTS[name] for name in events}

    assert set(names.CATALOG) == events
    assert {name: (one.label, one.properties) for name, one in known.items()} == {
        name: (label, tuple(properties))
        for name, (label, properties) in names.CATALOG.items()
    }


def test_an_event_that_never_happened_is_offered_with_its_properties(db):
    offered = {entry.name: entry.label for entry in catalog.events()}

    assert offered["referral_won"] == "Referred a friend who ordered"
    assert [entry.name for entry in catalog.properties("referral_won")] == [
        "currency",
        "program",
        "total",
    ]
