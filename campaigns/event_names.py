"""Names of the events that this app records on contacts."""

ASK_MADE = "ask_made"
ASK_DELIVERED = "ask_delivered"
ASK_ANSWERED = "ask_answered"
CAMPAIGN_CONVERTED = "campaign_converted"
