"""The trace of the interpreter, in the words in which the database is read."""

from collections import defaultdict
from datetime import datetime


def read_out(rows):
    """Write the rows of a trace so that they can be compared and read."""
    return sorted(" ".join(map(_word, row)) for row in rows)


def _word(value):
    if isinstance(value, datetime):
        return f"{value:%m-%d_%H:%M:%S.%f}".removesuffix(".000000")
    return "-" if value is None or value == "" else str(value)


def trace_of(interpreter):
    """Tell what became of each person in each campaign."""
    found = defaultdict(list)
    for number, name, _, at, reason, refused_at in interpreter.refused:
        found[number, name].append(("refused", at, reason, refused_at))
    for one, *held in interpreter.holds:
        found[one.person.number, one.campaign.name].append(("held", one.number, *held))
    for number, passes in interpreter.passes.items():
        for one in passes:
            rows = found[number, one.campaign.name]
            values = (one.moment_at, one.enrolled_at, one.state, one.end_reason)
            place = (one.step_key, one.due_at, one.ended_at, one.goal_met_at)
            rows.append(("pass", one.number, one.version + 1, *values, *place))
            rows += [("took", one.number, *taken) for taken in one.journal]
            for ask in one.asks:
                said = (ask.asked_on, ask.delivered_at, ask.refunded_at, ask.answer)
                rows.append(
                    (
                        "mail",
                        one.number,
                        ask.visit,
                        ask.step["key"],
                        ask.state,
                        ask.cause,
                        *(said if ask.is_ask else ()),
                    )
                )
    return {who: read_out(rows) for who, rows in found.items()}
