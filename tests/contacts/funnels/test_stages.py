import pytest

from contacts.funnels.stages import (
    Stage,
    StagesRefused,
    check_stages,
    event_names,
    from_template,
)
from tests.factories.contacts import make_contact, make_event

PAID = Stage("Paid", ("paid",))


def test_stages_are_tidied_up():
    typed = [Stage(" Seen ", (" page ", "", "page", "view")), Stage("", ("",)), PAID]

    assert check_stages(typed) == [Stage("Seen", ("page", "view")), PAID]


@pytest.mark.parametrize(
    ("stages", "reason"),
    [
        ([], "A funnel has at least two stages."),
        ([PAID], "A funnel has at least two stages."),
        (
            [Stage(str(n), (str(n),)) for n in range(9)],
            "A funnel has at most 8 stages.",
        ),
        ([PAID, Stage("", ("x",))], "Name stage 2."),
        ([PAID, Stage("Seen", ("",))], "Say which event means “Seen”."),
        (
            [PAID, Stage("Seen", tuple(map(str, range(11))))],
            "“Seen” has more than 10 events.",
        ),
        (
            [PAID, Stage("Seen", ("paid",))],
            "“paid” means both “Paid” and “Seen”. An event can mean one stage.",
        ),
    ],
)
def test_stages_that_can_not_be_say_why(stages, reason):
    with pytest.raises(StagesRefused) as refused:
        check_stages(stages)

    assert str(refused.value) == reason


def test_template_takes_the_names_that_are_there():
    stages = from_template(
        "shop", ["page_viewed", "signed_up", "SignedUp2", "Purchase"]
    )

    assert stages == [
        Stage("Visited", ("page_viewed",)),
        Stage("Signed up", ("signed_up",)),
        Stage("Ordered", ("Purchase",)),
        Stage("Reviewed", ()),
    ]


@pytest.mark.django_db
def test_names_are_those_that_happened(django_assert_num_queries):
    ada = make_contact()
    for name in ("b", "a", "b", "ü"):
        make_event(ada, name=name)

    with django_assert_num_queries(1):
        names = event_names()

    assert sorted(names) == ["a", "b", "ü"]
