"""GC logs of every HotSpot collector: what they say about pauses, heap and time."""

from seatrial.jvm.gclog.analysis import GcLog, analyse
from seatrial.jvm.gclog.packing import unpacked
from seatrial.jvm.gclog.report import GcReport, encoded
from seatrial.jvm.gclog.rotation import LogFile, in_order

__all__ = ["GcLog", "GcReport", "LogFile", "analyse", "encoded", "in_order", "unpacked"]
