"""Imports: the run, its batches, its staged rows, and what it changed."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from contacts.models.contact_list import ContactList
from contacts.models.person import PersonModel
from contacts.models.text_file import TextFile
from contacts.models.work import Work, WorkState

# How long an import can be undone; then its file and its staged rows are deleted.
KEPT_FOR = timedelta(days=30)


class ImportRun(Work):
    """
    One import, from choosing a list to undoing it; its background part is its ``state``.

    ``cursor`` is the number of the last row that the present stage has done; it moves in the
    transaction that does the rows.
    """

    class Stage(models.TextChoices):
        """How far the marketer has come."""

        COLLECTING = "collecting", "Being prepared"
        CHECKING = "checking", "Checking"
        CHECKED = "checked", "Waiting for confirmation"
        COMMITTING = "committing", "Importing"
        COMMITTED = "committed", "Imported"
        UNDOING = "undoing", "Undoing"
        UNDONE = "undone", "Undone"

    class Policy(models.TextChoices):
        """What happens to values of people who are known already."""

        FILL = "fill", "Fill blanks only"
        OVERWRITE = "overwrite", "Overwrite with the file"

    contact_list = models.ForeignKey(
        ContactList, on_delete=models.SET_NULL, null=True, blank=True
    )
    stage = models.CharField(max_length=20, choices=Stage, default=Stage.COLLECTING)
    policy = models.CharField(max_length=20, choices=Policy, default=Policy.FILL)
    queued_at = models.DateTimeField(null=True, blank=True)
    cursor = models.BigIntegerField(default=0)
    row_count = models.BigIntegerField(default=0)
    # How many rows are of each kind; the sum is the rows of the files.
    counts = models.JSONField(default=dict, blank=True)
    # Who says that these people allowed us to write to them, in whose words.
    consent_statement = models.TextField(blank=True)
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
        verbose_name = "import"
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="import_newest"),
        ]

    def __str__(self) -> str:
        return f"Import {self.pk} of {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_stopped(self) -> bool:
        """Whether its background part ended before it was done."""
        return self.state in {WorkState.CANCELED, WorkState.FAILED}

    @property
    def has_started_writing(self) -> bool:
        """Whether contacts were, or may have been, changed."""
        return self.stage in {
            self.Stage.COMMITTING,
            self.Stage.COMMITTED,
            self.Stage.UNDOING,
            self.Stage.UNDONE,
        }

    def may_change(self) -> bool:
        """Whether batches, columns and rows can still be changed."""
        return not self.has_started_writing and self.is_over

    def may_undo(self, now: datetime) -> bool:
        """Whether it can be undone: it wrote, is at rest, and was not long ago."""
        written = self.stage == self.Stage.COMMITTED or (
            self.stage in {self.Stage.COMMITTING, self.Stage.UNDOING}
            and self.is_stopped
        )
        recent = self.confirmed_at is not None and now < self.confirmed_at + KEPT_FOR
        return written and recent and self.purged_at is None


class ImportBatch(TextFile):
    """A file, a pasted table or typed addresses; its columns are those of ``mapping``."""

    class Kind(models.TextChoices):
        """Where it comes from."""

        FILE = "file", "File"
        PASTED = "pasted", "Pasted rows"
        TYPED = "typed", "Typed emails"

    import_run = models.ForeignKey(
        ImportRun, on_delete=models.CASCADE, related_name="batches"
    )
    kind = models.CharField(max_length=20, choices=Kind)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "import batches"


class RowState(models.TextChoices):
    """What a row is, or has become; each row of the files is exactly one."""

    NEW = "new", "New"
    UPDATE = "update", "Update"
    UNCHANGED = "unchanged", "Unchanged"
    DUPLICATE = "duplicate", "Duplicate in file"
    INVALID = "invalid", "Invalid"
    SUPPRESSED = "suppressed", "Suppressed"
    REMOVED = "removed", "Removed by you"


class ImportRow(models.Model):
    """
    A staged row of an import.

    ``contact_id`` is reserved when the row is staged: a new row makes the contact of that id.
    Where later rows name the same person, ``merged`` holds the values of all of them.
    """

    pk = models.CompositePrimaryKey("import_run_id", "number")
    sharded_by = "import_run"
    # What undoing an import looks at; who was merged since is not its contact any more.
    merging = "stays"
    erasing: ClassVar[dict[str, Any]] = {
        "email": "",
        "first_name": "",
        "last_name": "",
        "locale": "",
        "time_zone": "",
        "attributes": {},
        "cells": None,
        "merged": None,
        "warnings": "",
    }

    import_run = models.ForeignKey(
        ImportRun,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="rows",
    )
    number = models.BigIntegerField()
    batch = models.ForeignKey(
        ImportBatch,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="rows",
    )
    line = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=RowState)
    reason = models.CharField(max_length=20, blank=True)
    warnings = models.CharField(max_length=120, blank=True)
    contact_id = models.BigIntegerField()
    email = models.CharField(max_length=254, blank=True)
    first_name = models.CharField(max_length=200, blank=True)
    last_name = models.CharField(max_length=200, blank=True)
    locale = models.CharField(max_length=35, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    # The beginning of each cell of a row that could not be read.
    cells = models.JSONField(null=True, blank=True)
    duplicate_of = models.BigIntegerField(null=True, blank=True)
    merged = models.JSONField(null=True, blank=True)

    class Meta:
        indexes = [
            # The rows that the review shows by kind; nearly all rows of a fresh file are new.
            models.Index(
                fields=["import_run", "state", "number"],
                name="import_row_by_state",
                condition=~models.Q(state="new"),
            ),
            # Rows that need a look although they are imported.
            models.Index(
                fields=["import_run", "number"],
                name="import_row_with_warning",
                condition=~models.Q(warnings=""),
            ),
        ]

    def __str__(self) -> str:
        return f"Row {self.number} of import {self.import_run_id}"


class ImportChange(PersonModel):
    """What an import did to a contact who was there before it; needed to undo it."""

    merging = "moves"
    erasing = "deleted"

    pk = models.CompositePrimaryKey("import_run_id", "contact_id")
    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    import_run = models.ForeignKey(
        ImportRun,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="changes",
    )
    # The values of the fields that were changed, before and after.
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    was_listed = models.BooleanField(default=False)
    was_granted = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"Contact {self.contact_id} changed by import {self.import_run_id}"


class ImportMapping(models.Model):
    """What became of the columns the last time a file had these headers."""

    header_digest = models.CharField(max_length=64, unique=True)
    columns = models.JSONField()
    used_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.header_digest
