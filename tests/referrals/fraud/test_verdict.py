from datetime import UTC, datetime

import pytest

from referrals.fraud import checks
from referrals.fraud.checks.registry import CHECKS, table
from referrals.fraud.facts import Case, Person, Shared
from referrals.fraud.policy import (
    Policy,
    PolicyError,
    default_setting,
    dump_policy,
    read_policy,
)
from referrals.fraud.verdict import Said, rule

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
DISPOSABLE = "x@mailinator.com"


def case(email="bob@example.com", advocate="ana@example.org", **changes):
    return Case(9, 1, AT, Person(2, email), Person(1, advocate), **changes)


def ruling(one, document=None, said=None, **changes):
    found = rule(one, read_policy(document or {}, **changes), said)
    return found.verdict, found.points, [finding.kind for finding in found.findings]


def test_nothing_found_is_clear():
    assert ruling(case()) == ("clear", 0, [])


def test_what_is_certain_rejects():
    assert ruling(case("ANA@example.org")) == ("rejected", 100, ["same_person"])


def test_what_is_strong_holds():
    one = case(shared=(Shared("device"),))

    assert ruling(one) == ("held", 80, ["same_device"])


def test_medium_findings_add_up_to_the_threshold():
    browser = (Shared("browser"),)

    assert ruling(case(shared=browser))[:2] == ("clear", 40)
    assert ruling(case(DISPOSABLE, shared=browser))[:2] == ("held", 65)
    assert ruling(case(DISPOSABLE, shared=browser), hold_points=66)[:2] == ("clear", 65)


def test_all_that_is_weak_together_rejects_nobody():
    document = {kind: {"points": 100} for kind in ("role_address", "same_network")}
    one = case("info@mailinator.com", shared=(Shared("address"),))

    assert ruling(one, document)[0] == "held"


def test_shadow_and_off_count_for_nothing():
    one = case(shared=(Shared("device"),))

    shadow = rule(one, read_policy({"same_device": {"action": "shadow"}}))
    assert (shadow.verdict, shadow.points, shadow.rank) == ("clear", 0, 0)
    assert [finding.is_shadow for finding in shadow.findings] == [True]
    assert ruling(one, {"same_device": {"action": "off"}}) == ("clear", 0, [])


def test_the_program_sets_actions_points_and_numbers():
    one = case(payout_sharers=1)

    assert ruling(one)[0] == "clear"
    assert ruling(one, {"shared_payout": {"numbers": {"people": 2}}})[0] == "held"
    rejecting = {"shared_payout": {"action": "reject", "numbers": {"people": 2}}}
    assert ruling(one, rejecting)[0] == "rejected"


def test_what_a_person_decided_stays():
    one = case("ANA@example.org")

    approved = Said("approved", frozenset({"same_person"}))
    assert ruling(one, said=approved)[0] == "clear"
    assert ruling(case(), said=Said("rejected"))[0] == "rejected"


def test_only_what_a_person_did_not_see_reopens_and_only_if_it_holds_by_itself():
    device = case(shared=(Shared("device"),))
    said = Said("approved", frozenset({"same_device"}))

    assert ruling(device, said=said)[0] == "clear"
    weak = case(DISPOSABLE, shared=(Shared("device"),))
    assert ruling(weak, said=said)[0] == "clear"
    again = rule(case(shared=(Shared("device"), Shared("phone"))), Policy(), said)
    assert (again.verdict, again.is_reopened) == ("held", True)
    certain = rule(case("ANA@example.org"), Policy(), said)
    assert (certain.verdict, certain.is_reopened) == ("held", True)


def test_a_policy_is_written_as_what_differs():
    document = {
        "same_device": {"action": "shadow"},
        "velocity": {"points": 50, "numbers": {"hour": 8}},
    }

    assert dump_policy(read_policy(document)) == document
    assert dump_policy(Policy()) == {}
    same = {"same_device": {"action": "hold", "points": 80}}
    assert dump_policy(read_policy(same)) == {}


@pytest.mark.parametrize(
    "document",
    [
        {"nonsense": {}},
        {"velocity": []},
        {"velocity": {"actions": "off"}},
        {"velocity": {"action": "explode"}},
        {"disposable_address": {"action": "reject"}},
        {"velocity": {"points": 101}},
        {"velocity": {"points": True}},
        {"velocity": {"numbers": {"hour": 0}}},
        {"velocity": {"numbers": {"minute": 1}}},
        {"velocity": {"numbers": {"hour": "5"}}},
    ],
)
def test_a_policy_that_can_not_be_understood_is_refused(document):
    with pytest.raises(PolicyError):
        read_policy(document)


def test_weak_findings_may_never_reject():
    weak = [one for one in CHECKS.values() if one.strength == "weak"]

    assert [one.kind for one in weak if one.may_reject] == []
    assert [one.kind for one in CHECKS.values() if one.action == "reject"] == [
        "same_person",
        "known_customer",
    ]
    assert all(default_setting(one).action in one.actions() for one in CHECKS.values())


def test_the_table_in_the_docstring_is_true():
    assert table() in (checks.__doc__ or "")
