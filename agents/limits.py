"""A limit on unreadable records: a bad deploy must not empty the topic into the dead letters."""


class RejectLimit:
    """Counts rejects: how many in a row, and what share of the newest records.

    The share is looked at only once a window is full, so that a single bad record at the start is
    no reason to stop. Memory: two windows' counts.
    """

    def __init__(self, in_row_max: int, share_max: float, window: int = 10_000) -> None:
        self.in_row_max = in_row_max
        self.share_max = share_max
        self.window = window
        self._judged = self._rejected = 0
        self._judged_before = self._rejected_before = 0

    def broken_by(self, judged: int, rejected: int, in_row: int) -> str | None:
        """Take one batch in; say which limit it breaks, or None. `judged` counts rejects too."""
        self._judged += judged
        self._rejected += rejected
        if in_row > self.in_row_max:
            return f"{in_row} in a row, {self.in_row_max} allowed"
        judged_in_all = self._judged + self._judged_before
        rejected_in_all = self._rejected + self._rejected_before
        if self._judged >= self.window:
            self._judged_before, self._rejected_before = self._judged, self._rejected
            self._judged = self._rejected = 0
        if judged_in_all >= self.window and rejected_in_all > self.share_max * judged_in_all:
            return f"{rejected_in_all} of {judged_in_all}, a share of {self.share_max} allowed"
        return None
