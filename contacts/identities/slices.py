"""The background work of identities, made known to the sweep."""

from contacts.background import Slice, register_slice
from contacts.identities.strays import SLICE, TASK, backlog

register_slice(
    Slice(
        name=SLICE,
        label="Bring along what was written during a merge",
        task=TASK,
        due=backlog,
    )
)
