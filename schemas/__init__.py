"""What crosses a topic, what a policy is, and the codecs of both.

Only this package turns bytes into records. It imports the standard library and msgspec, nothing
of the project.
"""
