"""GC logs of every HotSpot collector: what they say about pauses, heap and time."""

from seatrial.jvm.gclog.analysis import GcLog, analyse
from seatrial.jvm.gclog.report import GcReport, encoded

__all__ = ["GcLog", "GcReport", "analyse", "encoded"]
