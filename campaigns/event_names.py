"""Names of the events that this app records on contacts."""

ASK_MADE = "ask_made"
ASK_READY = "ask_ready"
ASK_DELIVERED = "ask_delivered"
ASK_ANSWERED = "ask_answered"
CAMPAIGN_CONVERTED = "campaign_converted"

# What audiences may ask of: the label of each event, and its properties.
CATALOG = {
    ASK_MADE: ("Was asked for a referral", ("campaign",)),
    ASK_READY: ("Is to be asked by another tool", ("campaign",)),
    ASK_DELIVERED: ("Got a request for a referral", ("campaign", "channel")),
    ASK_ANSWERED: (
        "Answered a request for a referral",
        ("campaign", "answer", "channel"),
    ),
    CAMPAIGN_CONVERTED: ("Reached the goal of a campaign", ("campaign",)),
}

# What the builder of conditions offers: the event, its label, what it means, and properties.
OFFERED: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    (ASK_MADE, "Was asked for a referral", "By any campaign", {}),
    (ASK_ANSWERED, "Said yes to being asked", "Agreed to refer", {"answer": "yes"}),
)
