"""What becomes of two people who turn out to be one; plain Python."""


def merge(world, at, survivor, merged):
    """Let the survivor have all of both; one pass through each campaign goes on."""
    kept, gone = world.people[survivor], world.people.pop(merged)
    theirs, others = world.passes[survivor], world.passes.pop(merged)
    for campaign in world.campaigns.values():
        both = [one for one in theirs + others if one.campaign is campaign]
        active = [one for one in both if one.state == "active"]
        active.sort(key=lambda one: (-one.visit, one.enrolled_at))
        for one in active[1:]:
            world.call_back(one, "merged", at)
            one.end("exited", "merged", at)
    keys = {(one.campaign.name, one.entry_key) for one in theirs}
    for one in others:
        if (one.campaign.name, one.entry_key) in keys:
            one.entry_key += f" of {merged}"
        one.person = kept
    theirs += others
    for campaign in world.campaigns.values():
        both = [one for one in theirs if one.campaign is campaign]
        for number, one in enumerate(sorted(both, key=lambda one: one.place)):
            one.number = number
    unite(kept, gone)
    world.moments[survivor] += world.moments.pop(merged)
    world.refused = [
        (survivor if row[0] == merged else row[0], *row[1:]) for row in world.refused
    ]
    world.happened = [
        (survivor if who == merged else who, name) for who, name in world.happened
    ]


def unite(kept, gone):
    """What was said last counts; a wish or a no of either is one of both."""
    for name, at in gone.told.items():
        if name not in kept.told or at > kept.told[name]:
            kept.told[name] = at
            kept.attributes.pop(name, None)
            if name in gone.attributes:
                kept.attributes[name] = gone.attributes[name]
    kept.events += gone.events
    kept.lists |= gone.lists
    kept.never = kept.never or gone.never
    rests = [one for one in (kept.snoozed_until, gone.snoozed_until) if one]
    kept.snoozed_until = max(rests, default=None)
    if False in (kept.agreed, gone.agreed):
        kept.agreed = False
    else:
        kept.agreed = kept.agreed or gone.agreed
