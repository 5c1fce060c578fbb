"""The background work of imports, made known to the sweep."""

from functools import partial

from contacts.background import Slice, register_slice, work_backlog
from contacts.imports.retention import expired_backlog
from contacts.models import ImportRun

register_slice(
    Slice(
        name="contacts.imports",
        label="Import contacts",
        task="contacts.tasks.advance_imports",
        due=partial(work_backlog, ImportRun),
    )
)
register_slice(
    Slice(
        name="contacts.old_imports",
        label="Delete old import files",
        task="contacts.tasks.purge_imports",
        due=partial(expired_backlog, ImportRun),
    )
)
