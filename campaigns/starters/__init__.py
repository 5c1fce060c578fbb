"""
Whole campaigns to start from: a flow, its messages, and what has to be filled in before.

``starter`` says what one is, ``parts`` has what they are built of, ``gallery`` lists them; each
has a file of its own with one function that writes its document out of what was filled in.
"""
