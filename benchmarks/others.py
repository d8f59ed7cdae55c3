"""What else the machine does while we measure."""

from __future__ import annotations

import time

import psutil


class Others:
    """How many cores whatever else the machine does has taken since this was made."""

    def __init__(self) -> None:
        self._start = self._now()

    def cores(self) -> float:
        busy, taken = (b - a for a, b in zip(self._start, self._now(), strict=True))
        return max(busy, 0.0) / taken

    @staticmethod
    def _now() -> tuple[float, float]:
        """The seconds that cores were busy for others, and those that have passed."""
        times = psutil.cpu_times()._asdict()
        idle = times["idle"] + times.get("iowait", 0.0)
        twice = times.get("guest", 0.0) + times.get("guest_nice", 0.0)
        me = psutil.Process()
        ours = [sum(p.cpu_times()[:4]) for p in [me, *me.children(recursive=True)]]
        return sum(times.values()) - idle - twice - sum(ours), time.monotonic()
