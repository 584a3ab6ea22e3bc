"""What the learned model says of texts, kept for those that come again."""

from functools import lru_cache

from streams.kept import Kept
from streams.text.model.opinion import Opinion


class Suspicions(Kept[tuple[str, ...]]):
    """The labels that an opinion suspects, by text."""

    def __init__(self, opinion: Opinion) -> None:
        super().__init__(opinion.suspected)
        self.opinion = opinion


@lru_cache(maxsize=1)
def suspicions() -> Suspicions:
    """Those of the shipped model, one store for all policies and partitions of a process."""
    shipped = Suspicions(Opinion.default())
    # What the model makes ready with the first text is made now, and no message waits for it.
    shipped.read(["早"])
    return shipped
