"""
What events mean in a new program: Segment's names, and those of our own endpoint.

Each entry: what it means, the event, and the properties that hold the natural number, the
amount and the currency. Of several properties, separated by commas, the first that is there
counts.
"""

AMOUNT, CURRENCY = "total, revenue, value, amount", "currency"

STANDARD_STAGES: tuple[tuple[str, str, str, str, str], ...] = (
    ("lead", "Signed Up", "", "", ""),
    ("lead", "signed_up", "", "", ""),
    ("lead", "Account Created", "", "", ""),
    ("lead", "intro_opted_in", "", "", ""),
    ("qualified", "Lead Qualified", "", "", ""),
    ("qualified", "lead_qualified", "", "", ""),
    ("qualified", "Meeting Booked", "", "", ""),
    ("qualified", "meeting_booked", "", "", ""),
    ("opportunity", "Trial Started", "", "", ""),
    ("opportunity", "Opportunity Created", "opportunity_id, deal_id", "", ""),
    ("opportunity", "opportunity_created", "opportunity_id, deal_id", "", ""),
    ("won", "Order Completed", "order_id", AMOUNT, CURRENCY),
    ("won", "order_completed", "order_id", AMOUNT, CURRENCY),
    ("won", "Opportunity Won", "opportunity_id, deal_id", AMOUNT, CURRENCY),
    ("won", "Deal Won", "opportunity_id, deal_id", AMOUNT, CURRENCY),
    ("won", "deal_won", "opportunity_id, deal_id", AMOUNT, CURRENCY),
    ("lost", "Opportunity Lost", "opportunity_id, deal_id", "", ""),
    ("lost", "Deal Lost", "opportunity_id, deal_id", "", ""),
    ("lost", "deal_lost", "opportunity_id, deal_id", "", ""),
    ("refund", "Order Refunded", "order_id", AMOUNT, CURRENCY),
    ("refund", "order_refunded", "order_id", AMOUNT, CURRENCY),
    ("cancel", "Order Cancelled", "order_id", "", ""),
    ("cancel", "order_canceled", "order_id", "", ""),
)
