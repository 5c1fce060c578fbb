"""
Rules to start from: for each trust peak one, with the names of this customer's own data in it.

``guesses.py`` finds the names, ``rules.py`` writes a rule with each, ``gallery.py`` lists them,
``spending.py`` makes the trait that a rule about spending needs, or finds it.
"""
