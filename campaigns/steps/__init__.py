"""
The kinds of steps, one file each; ``registry`` maps a kind to its class.

A kind takes a whole batch that stands before one step, and says what becomes of whom. It
never calls the next step and never moves an enrollment: ``campaigns.engine.advance`` does.
"""
