import pytest

from contacts.funnels.edit import FunnelRefused, save_funnel
from contacts.funnels.stages import Stage, StagesRefused, stages_of
from contacts.models import Funnel
from tests.factories.contacts import NOW, make_user

pytestmark = pytest.mark.django_db
STAGES = [Stage("Seen", ("seen",)), Stage("Paid", ("paid", "bought"))]


def save(**changes):
    return save_funnel(
        **{
            "funnel": None,
            "name": " Shop ",
            "stages": STAGES,
            "window_days": 30,
            "user": None,
            "now": NOW,
            **changes,
        }
    )


def test_funnel_is_made_and_changed():
    user = make_user()
    made = save(user=user)
    assert (made.name, stages_of(made), made.created_by) == ("Shop", STAGES, user)

    save(funnel=made, name="SHOP", stages=STAGES[::-1], window_days=7)

    changed = Funnel.objects.get()
    assert (changed.name, stages_of(changed), changed.window_days) == (
        "SHOP",
        STAGES[::-1],
        7,
    )
    assert changed.created_by == user


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": " "}, "Name the funnel."),
        ({"name": "TAKEN"}, "There is a funnel “TAKEN” already."),
        ({"window_days": 0}, "The window has 1 to 730 days."),
        ({"window_days": 731}, "The window has 1 to 730 days."),
        ({"stages": []}, "A funnel has at least two stages."),
    ],
)
def test_funnel_that_can_not_be_says_why(changes, reason):
    save(name="taken")

    with pytest.raises((FunnelRefused, StagesRefused), match=reason):
        save(**changes)

    assert Funnel.objects.count() == 1
