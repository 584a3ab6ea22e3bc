"""The one error of this package."""


class LocalError(Exception):
    """Something on this machine keeps Kafka or Redis from running.

    The message is written for the person at the terminal: what is wrong and how to mend it.
    Callers print it as it is.
    """
