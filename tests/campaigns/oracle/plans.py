"""What becomes of people in flight when another version is published; plain Python."""

from campaigns import local_time
from campaigns.flows.definition import find_step, following
from tests.campaigns.oracle import asking, steps
from tests.campaigns.oracle.people import length_of

# What of a step says how long one stays.
TIMES = {
    "delay": ("amount", "unit", "at", "until"),
    "window": ("days", "from", "until"),
    "wait_until": ("amount", "unit"),
    "wait_answer": ("amount", "unit"),
}


def carry_out(world, campaign, wishes, now):
    """Do what was chosen for each place with all who stand there on an older version."""
    version = len(campaign.versions) - 1
    # In a pause no time passes: what would be due now is due when it ends.
    at = campaign.paused_at or now
    for passes in world.passes.values():
        for one in passes:
            is_older = one.campaign is campaign and one.version != version
            if is_older and one.state == "active":
                key = seen_at(one)
                if key in wishes:
                    Move(world, one, version, key, now, at).do(**wishes[key])


def seen_at(one):
    """Name the step at which people see somebody: who sits out a delay is seen in it."""
    if one.began_at is None and one.journal:
        _, key, word, _ = one.journal[-1]
        if word == "moved":
            return one.seen_at
        step = find_step(one.document, key)
        if step and step["kind"] == "delay":
            return key
    return one.step_key


class Move:
    """One pass that is put on another version, or ended."""

    def __init__(self, world, one, version, key, now, at):
        self.world, self.one, self.version, self.key = world, one, version, key
        self.now, self.at = now, at
        self.old = find_step(one.document, key) if key else None
        self.document = one.campaign.versions[version]
        self.new = find_step(self.document, key) if key else None
        self.is_out = one.step_key != key
        self.is_open = any(ask.visit == one.visit for ask in one.asks)

    def do(self, kind, target="", times="keep"):
        """Do what was chosen, if it can be done."""
        if kind == "exit" and self.key:
            self.world.call_back(self.one, "new_version", self.now)
            self.one.end("exited", "new_version", self.now)
        elif self.is_open:
            # In the middle of an ask one may finish on the old version, or leave.
            return
        elif kind == "carry" and self.old and self.new:
            if self.old["kind"] == self.new["kind"]:
                self.carry(times)
        elif kind == "map" and self.old and find_step(self.document, target):
            due = self.one.due_at if times == "keep" else self.at
            self.put(target, due, None, target)

    def carry(self, times):
        """Let somebody go on at the same step; a delay goes on behind it."""
        since, began, due = self.since(), self.one.began_at, self.one.due_at
        is_new = timing(self.old) != timing(self.new)
        if is_new and (times == "anew" or self.new["kind"] != "delay"):
            due = max(self.due_anew(since), self.at)
        key = self.key
        if self.is_out:
            key = following(self.document["steps"])[key]
        self.put(key, due, began, self.key)

    def since(self):
        """Say since when he has been where he is."""
        if self.one.began_at:
            return self.one.began_at
        if self.one.moved_since:
            return self.one.moved_since
        return self.one.journal[-1][3] if self.is_out else self.one.due_at

    def due_anew(self, since):
        """Reckon anew how long one stays: from the beginning, without pauses."""
        one, step = self.one, self.new
        zone = asking.zone_of(one.person, self.document["settings"])
        paused = steps.paused_since(one, since)
        if step["kind"] == "window":
            return (
                local_time.window_opening(
                    self.at,
                    step["days"],
                    local_time.parse_time(step["from"]),
                    local_time.parse_time(step["until"]),
                    zone,
                )
                or self.at
            )
        if step["kind"] == "delay" and step["until"]:
            return steps.own_day(step, one, zone, self.at)[1] or self.at
        if step["kind"] == "delay" and step["unit"] == "calendar_days":
            at = local_time.parse_time(step["at"]) if step["at"] else None
            return local_time.after_days(since, step["amount"], at, zone) + paused
        return since + length_of(step) + paused

    def put(self, key, due, began, seen_at):
        """Let somebody stand on the new version; it counts a visit."""
        one = self.one
        one.moved_since = self.since() if seen_at == self.key else None
        one.journal.append((one.visit, seen_at, "moved", self.now))
        one.visit += 1
        one.was_moved = True
        one.version, one.seen_at = self.version, seen_at
        one.step_key, one.due_at, one.began_at = key, due, began


def timing(step):
    """Give what of a step says how long one stays."""
    return [step[name] for name in TIMES.get(step["kind"], ())]


def had_before(one, step):
    """Whether who was moved has had what the step sends in this pass."""
    return one.was_moved and any(
        key == step["key"] and word in ("asked", "sent")
        for _, key, word, _ in one.journal
    )
