"""
Demo campaigns of the shop "Fernweh Coffee", with two months of history.

The history is not written by hand: the engine itself runs through the past with a clock that
is moved, people answer by chance, and every row is one that production would have written.
"""

import random
from datetime import datetime, timedelta

from audiences.models import Audience
from campaigns.channels.vouching import make_key, make_secret
from campaigns.demo.documents import lapsed, promoters, third_order
from campaigns.demo.past import Past
from campaigns.engine import lifecycle
from campaigns.flows.definition import Document
from campaigns.models import Campaign, InAppSite
from campaigns.publishing import publish
from campaigns.starters.news import NEWS
from referrals.models import Program

# How much of the demo's history the campaigns have run for.
SHARE_OF_DAYS = 0.3


def load(*, seed: int, contacts: int, days: int, now: datetime) -> None:
    """Make two running campaigns and a draft, and let the past happen."""
    program = Program.objects.earliest("pk")
    audiences = {audience.name: audience.pk for audience in Audience.objects.all()}
    promoters_id = next(pk for name, pk in audiences.items() if "Promoters" in name)
    third_id = next(pk for name, pk in audiences.items() if "Three orders" in name)
    lapsed_id = next(pk for name, pk in audiences.items() if "Lapsed" in name)

    begin = now - timedelta(days=days * SHARE_OF_DAYS)
    happy = start(
        "Happy moment: promoters", program, promoters(promoters_id), begin, 60
    )
    third = start("After the third order", program, third_order(third_id), begin, 40)
    moments = {happy: ("survey_answered", 1), third: ("order_completed", 3)}
    Campaign.objects.create(
        name="Win back lapsed big spenders",
        program=program,
        draft=lapsed(lapsed_id),
        created_at=now - timedelta(days=2),
    )
    tell_news(program, now=now)
    make_product(program, now=now)
    Past(random.Random(seed), moments, begin, now).happen()  # noqa: S311 - a demo


def tell_news(program: Program, *, now: datetime) -> None:
    """Begin a campaign that tells advocates of friends who joined; nobody has looked at it yet."""
    news = NEWS["referral_lead"]
    Campaign.objects.create(
        name=f"{program.brand}: {news.name}",
        program=program,
        draft=news.write(program.pk),
        created_at=now - timedelta(days=1),
    )


def make_product(program: Program, *, now: datetime) -> None:
    """Name the shop's app, whose pages show asks and, to everybody, the offer."""
    site = InAppSite(
        name="Fernweh app",
        key=make_key(),
        origins=["https://app.fernweh-coffee.example"],
        program=program,
        created_at=now - timedelta(days=20),
        last_asked_at=now - timedelta(minutes=3),
    )
    site.secret = make_secret()
    site.save()


def start(
    name: str, program: Program, document: Document, begin: datetime, priority: int
) -> Campaign:
    """Publish a campaign and start it in the past."""
    campaign = Campaign.objects.create(
        name=name,
        program=program,
        draft=document,
        priority=priority,
        created_at=begin - timedelta(days=3),
    )
    publish(campaign=campaign, revision=campaign.revision, user=None, now=begin)
    campaign.refresh_from_db()
    lifecycle.start(campaign=campaign, user=None, now=begin)
    return campaign
