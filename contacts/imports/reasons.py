"""Why a row was refused or needs a look: a closed list of words, and what they mean to a marketer."""

REASONS = {
    "email_missing": "There is no email in this row.",
    "email_invalid": "This is not an email address.",
    "email_too_long": "The email has more than 254 characters.",
    "several_emails": "There are several emails in one cell. Give each person a row.",
    "user_id_taken": "The user ID belongs to another contact than the email does.",
    "user_id_twice": "The user ID stands in an earlier row, with another email.",
    "user_id_differs": "The email stands in an earlier row, with another user ID.",
    "user_id_too_long": "The user ID has more than 254 characters.",
    "name_too_long": "A name has more than 200 characters.",
    "too_many_cells": "The row has more cells than the header. Is a delimiter or a quote missing?",
    "cell_too_long": "A cell has more than 64 KB of text.",
    "line_too_long": "The line has more than 4 MB of text.",
    "unclosed_quote": "A quote is opened in this row and never closed.",
    "duplicate": "The same person is in an earlier row. The rows were merged.",
    "unsubscribed": "The person has unsubscribed or must not be written to.",
    "marked_unsubscribed": "The file says that this person has unsubscribed.",
    "removed": "You removed this row.",
}

WARNINGS = {
    "short_row": "The row has fewer cells than the header; the missing ones are taken as empty.",
    "nul_removed": "Unreadable zero characters were removed.",
    "bad_user_id": "The user ID names nobody, such as 0 or null, and was left out.",
    "bad_locale": "The language is not known and was left out.",
    "bad_time_zone": "The time zone is not known and was left out.",
    "bad_number": "A number could not be read and was left out.",
    "bad_flag": "A yes or no could not be read and was left out.",
    "spreadsheet_error": "A cell holds a spreadsheet error such as #N/A and was left out.",
    "address_typo": "The domain looks misspelled. Check it.",
}


def explain(code: str) -> str:
    """Say what a reason or warning means."""
    return REASONS.get(code) or WARNINGS[code]
