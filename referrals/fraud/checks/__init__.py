"""
One file for each fraud check; none knows another, and none asks the database.

A check looks at a ``facts.Case`` and says what it saw. What follows is a matter of the
program's policy. By default:

========================  ========  ===========  ======
Check                     Strength  By default   Points
========================  ========  ===========  ======
same_person               certain   Rejects      100
known_customer            certain   Rejects      100
same_mailbox              strong    Holds        80
same_device               strong    Holds        80
same_details              strong    Holds        80
ring                      strong    Holds        80
shared_payout             strong    Holds        80
velocity                  medium    Holds        40
too_fast                  medium    Holds        40
coupon_site               medium    Holds        40
paid_ad                   medium    Holds        40
same_browser              medium    Adds points  40
address_series            medium    Adds points  40
taken_back                medium    Adds points  30
many_friends_one_browser  weak      Adds points  15
same_network              weak      Adds points  10
similar_name              weak      Adds points  20
disposable_address        weak      Adds points  25
role_address              weak      Adds points  10
same_company              weak      Off          20
========================  ========  ===========  ======

60 points hold, so medium findings add up and weak ones alone do not: an office behind one
network address is clear. The page "Fraud" of a program shows this table with what it changed.
"""
