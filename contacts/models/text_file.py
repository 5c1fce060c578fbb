"""The base of what reads a file: where it lies, how it is written, what its columns become."""

from django.db import models


class TextFile(models.Model):
    """A text on the disk, and how to read it."""

    name = models.CharField(max_length=255)
    # Below settings.UPLOAD_DIR.
    path = models.CharField(max_length=255)
    size_bytes = models.BigIntegerField()
    digest = models.CharField(max_length=64, db_index=True)
    encoding = models.CharField(max_length=20)
    is_encoding_certain = models.BooleanField(default=True)
    delimiter = models.CharField(max_length=1)
    has_header = models.BooleanField()
    skipped_lines = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=list)
    # For each column what becomes of it.
    columns = models.JSONField(default=list)
    mapped_at = models.DateTimeField(null=True, blank=True)
    # How many records have been staged, header and empty ones included.
    staged_records = models.BigIntegerField(default=0)
    # Where the file is read on: the place in it, its line, how many records are before it.
    read_on = models.JSONField(null=True, blank=True)
    row_count = models.BigIntegerField(default=0)
    blank_count = models.BigIntegerField(default=0)
    staged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name
