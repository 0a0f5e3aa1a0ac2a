"""The manifests as they are written, and the plan beside them: what will not work, what will hurt, and what mends it. No cluster needed."""

from collections.abc import Callable, Iterator

from seatrial.judge.manifest import (
    agreement,
    availability,
    evidence,
    memory,
    options,
    proving,
    replacing,
    scaling,
)
from seatrial.judge.manifest.case import Case, case_of
from seatrial.model.findings import Finding

__all__ = ["RULES", "Case", "case_of", "judge"]

RULES: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    *agreement.RULES,
    *options.RULES,
    *memory.RULES,
    *evidence.RULES,
    *replacing.RULES,
    *scaling.RULES,
    *availability.RULES,
    *proving.RULES,
)


def judge(case: Case) -> tuple[Finding, ...]:
    """What every rule finds, each thing once."""
    return tuple(dict.fromkeys(found for one in RULES for found in one(case)))
