"""
The kinds of conditions, one file each; a new one is added to the list below.

Which words mean what is written in ``LANGUAGE.md`` beside this package.
"""

from audiences.conditions.kind import Kind
from audiences.conditions.kinds import (
    attribute,
    audience,
    event,
    first_time,
    latest,
    listed,
    regular,
    resumed,
    sequence,
    stopped,
)

# In the order in which a marketer is offered them.
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        attribute.KIND,
        event.KIND,
        first_time.KIND,
        latest.KIND,
        sequence.KIND,
        regular.KIND,
        stopped.KIND,
        resumed.KIND,
        listed.KIND,
        audience.KIND,
    )
}
KIND_OF: dict[type, Kind] = {kind.node: kind for kind in KINDS.values()}
