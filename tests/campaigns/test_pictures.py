from datetime import timedelta

import pytest

from campaigns import pictures
from campaigns.emails.starters import starter_content
from campaigns.flows.edits import new_step, update_step
from campaigns.models import Picture
from campaigns.pictures import drop_unused, due, keep_picture, picture_url
from campaigns.publishing import publish, save_draft
from contacts.pictures import PictureRefused
from tests.factories.campaigns import NOW, make_campaign
from tests.factories.contacts import make_user
from tests.factories.pictures import make_file

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=31)


def keep(color="red", now=NOW, **changes):
    values = {"name": "cat.png", "user": None, **changes}
    return keep_picture(content=make_file(color=color), now=now, **values)


def mail_with(picture):
    block = {"kind": "image", "url": picture_url(picture), "alt": "A cat"}
    content = starter_content("thank_you")
    content["variants"]["en"]["blocks"].append(block)
    return content


def test_the_same_picture_is_kept_once():
    user = make_user()

    first = keep(user=user)
    again = keep(now=LATER, name="other.png")

    assert Picture.objects.get() == first == again
    again.refresh_from_db()
    assert (again.name, again.created_by, again.created_at) == ("cat.png", user, NOW)
    assert again.look_due_at == LATER + timedelta(days=30)
    assert (again.width, again.height, again.extension) == (40, 20, "png")


def test_one_that_is_too_heavy_for_a_mail_is_refused(monkeypatch):
    monkeypatch.setattr(pictures, "MOST_KEPT_BYTES", 10)

    with pytest.raises(PictureRefused, match="too heavy for a mail"):
        keep()

    assert not Picture.objects.exists()


def test_what_a_draft_shows_stays_and_what_nothing_shows_goes():
    used, unused, young = keep("red"), keep("blue"), keep("green", now=LATER)
    step = new_step("email", key="ask", name="Ask", content=mail_with(used))
    make_campaign(steps=[step])
    assert due(NOW + timedelta(days=29)).count == 0
    assert due(LATER).count == 2

    assert [drop_unused(now=LATER), drop_unused(now=LATER)] == [2, 0]

    assert set(Picture.objects.all()) == {used, young}
    used.refresh_from_db()
    assert used.look_due_at == LATER + timedelta(days=30)
    assert unused.pk


def test_what_may_be_undone_or_was_published_stays():
    published, undone = keep("red"), keep("blue")
    step = new_step(
        "email", key="ask", name="Ask", ask=False, content=mail_with(published)
    )
    campaign = make_campaign(steps=[step], trigger={"kind": "manual"})
    publish(campaign=campaign, revision=campaign.revision, user=None, now=NOW)
    for content in (mail_with(undone), {}):
        campaign.refresh_from_db()
        save_draft(
            campaign=campaign,
            revision=campaign.revision,
            document=update_step(campaign.draft, "ask", content=content),
            summary="Changed",
            user=None,
            now=NOW,
        )

    drop_unused(now=LATER)

    assert set(Picture.objects.all()) == {published, undone}


def test_no_more_are_looked_at_than_a_batch_holds(monkeypatch):
    monkeypatch.setattr(pictures, "BATCH", 1)
    keep("red"), keep("blue")

    assert [drop_unused(now=LATER) for _ in range(3)] == [1, 1, 0]
