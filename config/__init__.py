"""
The site: settings, addresses, the sidebar, the home page, the commands that run it.

Nobody imports from here.
"""
