"""How a campaign's document is kept."""

from typing import Any

from django.db import models
from django.db.models.expressions import Expression
from django.db.models.fields.json import KeyTransform

from campaigns.flows.definition import Document, fill_in


class DocumentField(models.JSONField):
    """A document of ``campaigns.flows.definition``; what it lacks is filled in when it is read."""

    def from_db_value(
        self, value: Any, expression: Expression, connection: Any
    ) -> Document | Any:
        """Read it; a part of it stays as it was written."""
        document = super().from_db_value(value, expression, connection)
        if isinstance(expression, KeyTransform) or not isinstance(document, dict):
            return document
        return fill_in(document)
