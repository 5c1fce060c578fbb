"""Imports of past events: the run, and its staged rows."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from contacts.models.import_run import KEPT_FOR
from contacts.models.source import Source
from contacts.models.text_file import TextFile
from contacts.models.work import Work, WorkState


class HistoryRun(TextFile, Work):
    """
    One file of past events, from its upload to undoing it; its background part is its ``state``.

    ``cursor`` is the number of the last row that the present stage has done; it moves in the
    transaction that does the rows.
    """

    class Stage(models.TextChoices):
        """How far it has come."""

        READING = "reading", "Being prepared"
        CHECKING = "checking", "Checking"
        CHECKED = "checked", "Waiting for confirmation"
        COMMITTING = "committing", "Importing"
        COMMITTED = "committed", "Imported"
        UNDOING = "undoing", "Undoing"
        UNDONE = "undone", "Undone"

    class Form(models.TextChoices):
        """How the file is written."""

        TABLE = "table", "Table (CSV)"
        LINES = "lines", "JSON lines"

    class DateOrder(models.TextChoices):
        """Which comes first in a date such as 03/04/2026."""

        DAY = "day", "The day: 3 April"
        MONTH = "month", "The month: March 4"

    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, related_name="history_runs"
    )
    form = models.CharField(max_length=10, choices=Form)
    stage = models.CharField(max_length=20, choices=Stage, default=Stage.READING)
    # The event that every row is, unless a column names it.
    event_name = models.CharField(max_length=200, blank=True)
    # Where the clocks stood that wrote times without a zone.
    time_zone = models.CharField(max_length=64, default="UTC")
    # Blank until somebody has said so; asked only where it matters.
    date_order = models.CharField(max_length=5, choices=DateOrder, blank=True)
    makes_people = models.BooleanField(default=True)
    # Whether campaigns react as if it happened now.
    fires = models.BooleanField(default=False)
    queued_at = models.DateTimeField(null=True, blank=True)
    cursor = models.BigIntegerField(default=0)
    # How many rows are of each kind; the sum is the rows of the file.
    counts = models.JSONField(default=dict, blank=True)
    # How many people are known and new, and what other parts of the product will do.
    forecast = models.JSONField(default=dict, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    committed_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    undo_report = models.JSONField(default=dict, blank=True)
    purged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "event import"
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="history_newest"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_stopped(self) -> bool:
        """Whether its background part ended before it was done."""
        return self.state in {WorkState.CANCELED, WorkState.FAILED}

    @property
    def has_started_writing(self) -> bool:
        """Whether events were, or may have been, written."""
        return self.stage in {
            self.Stage.COMMITTING,
            self.Stage.COMMITTED,
            self.Stage.UNDOING,
            self.Stage.UNDONE,
        }

    def may_change(self) -> bool:
        """Whether reading, columns and choices can still be changed."""
        return not self.has_started_writing and self.is_over

    def may_undo(self, now: datetime) -> bool:
        """Whether it can be undone: it wrote, is at rest, and was not long ago."""
        written = self.stage == self.Stage.COMMITTED or (
            self.stage in {self.Stage.COMMITTING, self.Stage.UNDOING}
            and self.is_stopped
        )
        recent = self.confirmed_at is not None and now < self.confirmed_at + KEPT_FOR
        return written and recent and self.purged_at is None


class HistoryState(models.TextChoices):
    """What a row is, or has become; each row of the file is exactly one."""

    NEW = "new", "New"
    KNOWN = "known", "Known already"
    DUPLICATE = "duplicate", "Twice in the file"
    STRANGER = "stranger", "Of unknown people"
    INVALID = "invalid", "Invalid"


class HistoryRow(models.Model):
    """
    A staged row of an import of past events.

    ``item`` is the row as a message in the form of Segment's clients: it takes the way that
    they take. ``contact_id`` is whom its identifiers named when it was checked.
    """

    pk = models.CompositePrimaryKey("history_run_id", "number")
    sharded_by = "history_run"
    merging = "stays"
    erasing = {
        "message_id": "",
        "user_id": "",
        "anonymous_id": "",
        "email": "",
        "name": "",
        "item": None,
        "cells": None,
        "warnings": "",
    }

    history_run = models.ForeignKey(
        HistoryRun,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="rows",
    )
    number = models.BigIntegerField()
    line = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=HistoryState)
    reason = models.CharField(max_length=40, blank=True)
    warnings = models.CharField(max_length=120, blank=True)
    message_id = models.CharField(max_length=100, blank=True)
    user_id = models.CharField(max_length=254, blank=True)
    anonymous_id = models.CharField(max_length=254, blank=True)
    email = models.CharField(max_length=254, blank=True)
    name = models.CharField(max_length=200, blank=True)
    occurred_at = models.DateTimeField(null=True, blank=True)
    contact_id = models.BigIntegerField(null=True, blank=True)
    item = models.JSONField(null=True, blank=True)
    # The beginning of each cell of a row that could not be read.
    cells = models.JSONField(null=True, blank=True)

    class Meta:
        indexes = [
            # The rows that a page shows by kind; nearly all rows of a fresh file are new.
            models.Index(
                fields=["history_run", "state", "number"],
                name="history_row_by_state",
                condition=~Q(state="new"),
            ),
        ]

    def __str__(self) -> str:
        return f"Row {self.number} of event import {self.history_run_id}"
