"""The ask of the guide, as its campaign says it; built by clicks in one test, run in another."""

from campaigns.emails.starters import starter_content
from campaigns.flows.definition import empty_document
from campaigns.flows.edits import new_step


def guide_ask():
    """
    Ask who answers 9 or 10: in the product, then by mail, then in person.

    Within two hours, and never at night; "not now" lasts 75 days.
    """
    document = empty_document()
    document["trigger"] |= {
        "kind": "event",
        "event": {
            "name": "NPS Answered",
            "filters": [{"name": "score", "operator": "at_least", "value": 9}],
        },
        "max_age_hours": 1,
        "frequency": "every_entry",
    }
    document["steps"] = [
        new_step(
            "email",
            key="ask",
            name="Ask promoters",
            content=starter_content("thank_you"),
            if_held="exit",
            freshness_hours=2,
            fresh_from="moment",
            in_app={
                "hours": 24,
                "variants": {
                    "en": {
                        "title": "One person who would like this?",
                        "text": "You said you would recommend us.",
                    }
                },
            },
            task={
                "hours": 72,
                "channel": "dm",
                "title": "Ask {{ contact.name }} for a referral",
                "text": "A note to pass on: {{ ask.url }}",
                "owner": {"rule": "anyone"},
                "due_days": 2,
            },
        )
    ]
    return document
