"""Names of the events that this app records on contacts."""

from referrals.standard_stages import STANDARD_STAGES

# On the contact of an advocate or a friend, whose first name the other may see.
NAME_SHOWN = "name_shown"
NAME_HIDDEN = "name_hidden"

# On the advocate's contact.
LINK_VISITED = "link_visited"
LINK_SHARED = "link_shared"
REFERRAL_LEAD = "referral_lead"
REFERRAL_QUALIFIED = "referral_qualified"
REFERRAL_OPPORTUNITY = "referral_opportunity"
REFERRAL_WON = "referral_won"
# On both people's contacts: what the fraud checks, or a person, said of the referral.
REFERRAL_HELD = "referral_held"
REFERRAL_CLEARED = "referral_cleared"
REFERRAL_REJECTED = "referral_rejected"
LINK_NAMED = "link_named"
LINK_BLOCKED = "link_blocked"
LINK_UNBLOCKED = "link_unblocked"
OFFER_MAILED = "offer_mailed"
REFERRAL_LOST = "referral_lost"
REFERRAL_REVERSED = "referral_reversed"
CREDIT_GIVEN = "referral_credit_given"
CREDIT_TAKEN = "referral_credit_taken"
ASK_SNOOZED = "ask_snoozed"
ASK_NEVER = "ask_never"
ASK_RESUMED = "ask_resumed"
INTRO_WRITTEN = "intro_written"
INTRO_ACCEPTED = "intro_accepted"
INTRO_CLOSED = "intro_closed"
PROGRAM_CHANGED = "program_changed"
PROGRAM_ENDED = "program_ended"

# On the friend's contact.
INTRO_OPTED_IN = "intro_opted_in"
REFERRED = "referred"
REFERRED_QUALIFIED = "referred_qualified"
REFERRED_OPPORTUNITY = "referred_opportunity"
REFERRED_WON = "referred_won"
REFERRED_LOST = "referred_lost"
REFERRED_REVERSED = "referred_reversed"
REFERRAL_REFUSED = "referral_refused"
SIGNED_UP = "signed_up"
ORDER_COMPLETED = "order_completed"
ORDER_REFUNDED = "order_refunded"
ORDER_CANCELED = "order_canceled"
LEAD_QUALIFIED = "lead_qualified"
OPPORTUNITY_CREATED = "opportunity_created"
DEAL_WON = "deal_won"
DEAL_LOST = "deal_lost"

# What is told of each stage: on the advocate's contact, on the friend's.
TOLD_STAGES = {
    "qualified": (REFERRAL_QUALIFIED, REFERRED_QUALIFIED),
    "opportunity": (REFERRAL_OPPORTUNITY, REFERRED_OPPORTUNITY),
    "won": (REFERRAL_WON, REFERRED_WON),
    "lost": (REFERRAL_LOST, REFERRED_LOST),
    "reversed": (REFERRAL_REVERSED, REFERRED_REVERSED),
}

# On the contact who gets the reward, an advocate or a friend.
REWARD_EARNED = "reward_earned"
REWARD_APPROVED = "reward_approved"
REWARD_PAID = "reward_paid"
REWARD_REVERSED = "reward_reversed"
# On the advocate's contact: as many friends as a reward asks for.
TIER_REACHED = "tier_reached"

# What lets an advocate earn; a source that anybody can send from may not, unless it is trusted.
PAYING = tuple(dict.fromkeys(event for _, event, *_ in STANDARD_STAGES))

# What only we know: nobody may tell it whom we don't trust.
RESERVED = (
    NAME_SHOWN,
    NAME_HIDDEN,
    PROGRAM_CHANGED,
    PROGRAM_ENDED,
    INTRO_WRITTEN,
    INTRO_ACCEPTED,
    INTRO_CLOSED,
    INTRO_OPTED_IN,
    LINK_VISITED,
    LINK_SHARED,
    LINK_NAMED,
    LINK_BLOCKED,
    LINK_UNBLOCKED,
    OFFER_MAILED,
    REFERRAL_LEAD,
    REFERRAL_HELD,
    REFERRAL_CLEARED,
    REFERRAL_REJECTED,
    *(name for names in TOLD_STAGES.values() for name in names),
    CREDIT_GIVEN,
    CREDIT_TAKEN,
    ASK_SNOOZED,
    ASK_NEVER,
    ASK_RESUMED,
    REFERRED,
    REFERRAL_REFUSED,
    REWARD_EARNED,
    REWARD_APPROVED,
    REWARD_PAID,
    REWARD_REVERSED,
    TIER_REACHED,
)

REWARD_PROPERTIES = ("program", "role", "amount", "currency", "channel")

# What audiences may ask of: the label of each event, and its properties.
CATALOG = {
    LINK_VISITED: ("Referral link was opened", ("program", "channel")),
    LINK_SHARED: ("Shared the referral link", ("program", "channel")),
    LINK_NAMED: ("Chose a name for the referral link", ("program",)),
    LINK_BLOCKED: ("Referral link was blocked", ("program", "reason")),
    LINK_UNBLOCKED: ("Referral link was unblocked", ("program",)),
    OFFER_MAILED: ("A friend asked for the offer by mail", ("program", "channel")),
    REFERRAL_LEAD: ("Referred a friend who signed up", ("program", "source")),
    REFERRAL_QUALIFIED: ("Referred a friend who qualified", ("program",)),
    REFERRAL_OPPORTUNITY: ("Referred a friend who became an opportunity", ("program",)),
    REFERRAL_WON: ("Referred a friend who ordered", ("program", "total", "currency")),
    NAME_SHOWN: ("Agreed to be named", ("program", "to")),
    NAME_HIDDEN: ("Does not want to be named any more", ("program", "to")),
    PROGRAM_CHANGED: ("Was told that the program changes", ("program",)),
    PROGRAM_ENDED: ("Was told that the program ends", ("program",)),
    INTRO_WRITTEN: ("Wrote an introduction", ("program",)),
    INTRO_ACCEPTED: ("A friend accepted an introduction", ("program",)),
    INTRO_CLOSED: ("A friend closed an introduction", ("program",)),
    INTRO_OPTED_IN: ("Accepted an introduction", ("program", "by")),
    REFERRAL_HELD: ("Referral was held for review", ("program", "by")),
    REFERRAL_CLEARED: ("Referral was cleared", ("program", "by")),
    REFERRAL_REJECTED: ("Referral was rejected", ("program", "by")),
    REFERRAL_LOST: ("Referred a friend who was lost", ("program",)),
    REFERRAL_REVERSED: ("Referred a friend whose orders were taken back", ("program",)),
    CREDIT_GIVEN: ("Got credit for a friend by hand", ("program",)),
    CREDIT_TAKEN: ("Lost credit for a friend by hand", ("program",)),
    REFERRED_QUALIFIED: ("Qualified, brought by an advocate", ("program",)),
    REFERRED_OPPORTUNITY: (
        "Became an opportunity, brought by an advocate",
        ("program",),
    ),
    REFERRED_WON: (
        "Ordered, brought by an advocate",
        ("program", "total", "currency"),
    ),
    REFERRED_LOST: ("Was lost, brought by an advocate", ("program",)),
    REFERRED_REVERSED: (
        "All orders were taken back, brought by an advocate",
        ("program",),
    ),
    ASK_SNOOZED: ("Said “not now” to being asked", ("days",)),
    ASK_NEVER: ("Does not want to be asked any more", ()),
    ASK_RESUMED: ("May be asked again", ()),
    REFERRED: ("Came through an advocate", ("program", "source")),
    REFERRAL_REFUSED: ("Came without credit to an advocate", ("reason",)),
    REWARD_EARNED: ("Earned a reward", REWARD_PROPERTIES),
    REWARD_APPROVED: ("A reward was approved", REWARD_PROPERTIES),
    REWARD_PAID: ("A reward was delivered", REWARD_PROPERTIES),
    REWARD_REVERSED: ("A reward was taken back", (*REWARD_PROPERTIES, "reason")),
    TIER_REACHED: ("Reached a number of friends", ("program", "friends")),
    SIGNED_UP: ("Signed up", ()),
    ORDER_COMPLETED: ("Order completed", ("total", "currency")),
    ORDER_REFUNDED: ("Order refunded", ("total", "currency")),
    ORDER_CANCELED: ("Order canceled", ()),
    LEAD_QUALIFIED: ("Lead qualified", ()),
    OPPORTUNITY_CREATED: ("Opportunity created", ()),
    DEAL_WON: ("Deal won", ("total", "currency")),
    DEAL_LOST: ("Deal lost", ()),
}

# What the builder of conditions offers: the event, its label, what it means, and properties.
OFFERED: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    (LINK_SHARED, "Shared their link", "Passed their referral link on", {}),
    (LINK_VISITED, "A friend opened their link", "Somebody followed their link", {}),
    (REFERRAL_LEAD, "A friend signed up", "Brought somebody who signed up", {}),
    (REFERRAL_WON, "A friend ordered", "Brought somebody who became a customer", {}),
    (INTRO_WRITTEN, "Wrote an introduction", "Began a note to a friend", {}),
    (INTRO_ACCEPTED, "An introduction was accepted", "A friend said yes to it", {}),
    (INTRO_OPTED_IN, "Accepted an introduction", "Said yes to a friend's note", {}),
    (REFERRAL_QUALIFIED, "A friend qualified", "Brought somebody who qualified", {}),
    (
        REFERRAL_REVERSED,
        "A friend's orders were taken back",
        "Brought somebody who sent everything back",
        {},
    ),
    (REFERRED, "Came through a friend", "Was referred by an advocate", {}),
    (
        REFERRAL_HELD,
        "A referral was held",
        "Fraud checks hold a referral of theirs",
        {},
    ),
    (REFERRAL_CLEARED, "A referral was cleared", "A held referral counts again", {}),
    (
        REFERRAL_REJECTED,
        "A referral was rejected",
        "A referral of theirs does not count",
        {},
    ),
    (REWARD_EARNED, "Earned a reward", "Is to get something for a referral", {}),
    (REWARD_PAID, "Got a reward", "A reward was paid or delivered", {}),
    (
        TIER_REACHED,
        "Reached a number of friends",
        "Brought as many friends as a reward asks for",
        {},
    ),
    (ASK_SNOOZED, "Said “not now”", "Asked not to be asked for some time", {}),
    (ASK_NEVER, "Said “never”", "Does not want to be asked any more", {}),
)
