"""Names of people: how those in the group should look, and which child a text names.

State holds no name, only prints of the roster's (`streams.fingerprints`): everything here asks
whether letters that stand in a name or text have one of these prints.
"""
