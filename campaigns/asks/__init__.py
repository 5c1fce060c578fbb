"""
Asks: decide whom to ask, write down what they answer, and credit what comes of it.

``make`` decides a whole batch under the lock of the budgets; ``answer`` takes yes, not now and
never; ``facts`` sets the stages that an ask has reached, from pages and from reactions.
"""
