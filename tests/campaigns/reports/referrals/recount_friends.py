"""A recount of friends and money, row by row in plain Python."""

from collections import Counter, defaultdict

from campaigns.reports.referrals import advocates, fraud, funnel, money
from tests.campaigns.reports.referrals.recount_asks import raw_referrals


def check_funnel_of_friends(rows, filters):
    found = funnel.count_friends(filters)

    friends = list(raw_referrals(rows, filters))
    kept = [row for row in friends if row["fraud_state"] != "rejected"]
    won = [row for row in kept if row["won_at"] and not row["reversed_at"]]
    opportunity = [row for row in kept if row["opportunity_at"] or row in won]
    qualified = [row for row in kept if row["qualified_at"] or row in opportunity]
    expected = {
        "lead": len(kept),
        "qualified": len(qualified),
        "opportunity": len(opportunity),
        "won": len(won),
    }
    assert {
        step.stage.word: step.count for step in found.steps
    }.items() <= expected.items()
    assert found.steps[0].count == len(kept)
    assert found.steps[-1].count == len(won)
    assert found.reversed == sum(bool(row["reversed_at"]) for row in kept)
    assert found.lost == sum(bool(row["lost_at"] and not row["won_at"]) for row in kept)
    assert found.rejected == len(friends) - len(kept)
    assert {word: number for word, _, number in found.by_source} == Counter(
        row["source"] for row in kept
    )


def net_of(order):
    if order["canceled_at"]:
        return 0
    return max(order["amount_minor"] - order["refunded_minor"], 0)


def check_money(rows, filters):
    found = money.count_money(filters)

    kept = {
        row["id"]: row
        for row in raw_referrals(rows, filters)
        if row["fraud_state"] != "rejected"
    }
    revenue, first, back = Counter(), Counter(), Counter()
    seen = set()
    for order in rows.orders:
        if order["referral_id"] not in kept:
            continue
        key = (order["program_id"], order["currency"])
        revenue[key] += net_of(order)
        back[key] += order["amount_minor"] - net_of(order)
        if order["referral_id"] not in seen:
            first[key] += net_of(order)
        seen.add(order["referral_id"])
    cost, approved, held, owed_back = Counter(), Counter(), Counter(), Counter()
    for reward in rows.rewards:
        key = (reward["program_id"], reward["currency"])
        if reward["referral_id"] in kept and reward["state"] in (
            "approved",
            "fulfilled",
            "owed_back",
        ):
            cost[key] += reward["amount_minor"]
        if filters.program in (None, reward["program_id"]):
            approved[key] += reward["balance_minor"] * (reward["state"] == "approved")
            held[key] += reward["balance_minor"] * (
                reward["state"] in ("on_hold", "awaiting")
            )
            owed_back[key] -= reward["balance_minor"] * (reward["state"] == "owed_back")

    def told(name):
        return +Counter(
            {
                (line.program.pk, line.currency): getattr(line, name)
                for line in found.lines
            }
        )

    assert told("revenue") == +revenue
    assert told("first_orders") == +first
    assert told("taken_back") == +back
    assert told("cost") == +cost
    assert told("approved") == +approved
    assert told("held") == +held
    assert told("owed_back") == +owed_back
    assert +Counter(found.won) == Counter(
        row["program_id"]
        for row in kept.values()
        if row["won_at"] and not row["reversed_at"]
    )


def check_leaderboard(rows, filters):
    for order in advocates.ORDERS:
        check_order(rows, filters, order)


def check_order(rows, filters, order):
    leaders = advocates.Leaders(filters, order=order, currency="USD")
    told = advocates.tell_leaders(filters, leaders[0:1_000])

    lead, won, revenue = Counter(), Counter(), Counter()
    for row in raw_referrals(rows, filters):
        if row["fraud_state"] == "rejected":
            continue
        key = (row["advocate_contact_id"], row["advocate_id"])
        lead[key] += 1
        won[key] += bool(row["won_at"] and not row["reversed_at"])
        revenue[key] += sum(
            net_of(one)
            for one in rows.orders
            if one["referral_id"] == row["id"] and one["currency"] == "USD"
        )
    scores = {"won": won, "lead": lead, "revenue": revenue}[order]
    assert {(one.contact_id, one.advocate_id): (one.lead, one.won) for one in told} == {
        key: (lead[key], won[key]) for key in lead
    }
    assert {
        (one.contact_id, one.advocate_id): (one.rank, one.has_equals) for one in told
    } == {
        key: (
            1 + sum(scores[other] > scores[key] for other in lead),
            sum(scores[other] == scores[key] for other in lead) > 1,
        )
        for key in lead
    }
    assert leaders.count() == len(lead)


def check_fraud(rows, filters):
    found = fraud.count_fraud(filters)

    friends = {row["id"]: row for row in raw_referrals(rows, filters)}
    states = Counter(row["fraud_state"] for row in friends.values())
    assert +Counter({word: number for word, _, number in found.states}) == states
    assert (found.rate.count, found.rate.total) == (
        states["rejected"],
        states["rejected"] + states["clear"],
    )
    value = Counter()
    for reward in rows.rewards:
        row = friends.get(reward["referral_id"])
        if reward["state"] not in ("on_hold", "awaiting"):
            continue
        if row and row["fraud_state"] == "held":
            value[reward["currency"]] += reward["balance_minor"]
    assert Counter(dict(found.held_value)) == value
    checks = defaultdict(Counter)
    for finding in rows.findings:
        if finding["referral_id"] in friends:
            own = checks[finding["check_kind"]]
            own["found"] += 1
            own["shadow"] += finding["is_shadow"]
            state = friends[finding["referral_id"]]["fraud_state"]
            own[state] += not finding["is_shadow"]
    assert {
        line.check: (line.found, line.in_shadow, line.held, line.rejected, line.cleared)
        for line in found.checks
    } == {
        check: tuple(
            own[word] for word in ("found", "shadow", "held", "rejected", "clear")
        )
        for check, own in checks.items()
    }
