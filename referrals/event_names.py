"""Names of the events that this app records on contacts."""

# On the advocate's contact.
LINK_VISITED = "link_visited"
LINK_SHARED = "link_shared"
REFERRAL_LEAD = "referral_lead"
REFERRAL_WON = "referral_won"
ASK_SNOOZED = "ask_snoozed"
ASK_NEVER = "ask_never"
ASK_RESUMED = "ask_resumed"

# On the friend's contact.
REFERRED = "referred"
REFERRAL_REFUSED = "referral_refused"
SIGNED_UP = "signed_up"
ORDER_COMPLETED = "order_completed"
