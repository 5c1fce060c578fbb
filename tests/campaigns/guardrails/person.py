"""The guardrails, written down anew for one person in plain Python."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


@dataclass
class Person:
    """What the model knows of somebody."""

    contact_id: int
    zone: ZoneInfo
    is_pro: bool
    agreed: bool = True
    never: bool = False
    snoozed_until: datetime | None = None
    opened: list[datetime] = field(default_factory=list)
    closed: list[datetime] = field(default_factory=list)
    scores: list[tuple[datetime, int]] = field(default_factory=list)
    attributes: dict = field(default_factory=dict)
    asked_on: list = field(default_factory=list)

    def objections(self, now):
        """Say, in words, what forbids to ask him now."""
        local = now.astimezone(self.zone)
        opened = [at for at in self.opened if now - 90 * DAY < at <= now]
        settled = any(
            at < end <= now and end < at + 90 * DAY
            for at in opened
            for end in self.closed
        )
        recent = [at for at in self.opened + self.closed if now - 14 * DAY < at <= now]
        latest = [score for at, score in self.scores if now - 90 * DAY < at <= now][-1:]
        found = {
            "consent": not self.agreed,
            "never": self.never,
            "snoozed": self.snoozed_until is not None and self.snoozed_until > now,
            "open ticket": bool(opened) and not settled,
            "recent ticket": bool(recent),
            "low satisfaction": bool(latest) and latest[0] <= 6,
            "churn risk": self.attributes.get("churn_risk") == "high",
            "cap": any((local.date() - day).days < 90 for day in self.asked_on),
            "night": not 8 <= local.hour < 20,
        }
        return [name for name, holds in found.items() if holds]
