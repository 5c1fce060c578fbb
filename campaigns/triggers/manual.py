"""Somebody lets people in by hand, or another program does; nothing is waited for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from audiences.conditions.sql import Fragment
from campaigns.flows.triggers import Trigger
from campaigns.triggers.base import Came, Inbox, Scene, Watches


@dataclass(frozen=True)
class ManualTrigger:
    """A hand, an import or a program."""

    plans: frozenset[str] = frozenset()

    def watches(self, trigger: Trigger) -> Watches:
        """Wait for nothing."""
        return Watches()

    def take(self, scene: Scene, *, size: int) -> Inbox:
        """Nothing comes by itself."""
        return Inbox(0, [])

    def ripen(self, scene: Scene, planned: Sequence[Came]) -> list[Came]:
        """Nothing is planned."""
        return []

    def describe(self, trigger: Trigger) -> str:
        """Say who lets people in."""
        return "when you, an import or another program lets somebody in"

    def population(self, trigger: Trigger, now: datetime) -> Fragment | None:
        """Nobody knows who it will be."""
        return None


MANUAL = ManualTrigger()
