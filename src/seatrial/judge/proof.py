"""TEMPORARY so that the engine can be run; the real one is being written: overwrite this file (or delete it for a folder)."""

from seatrial.model.judgement import Judgement
from seatrial.model.plan import Plan
from seatrial.model.proof import Proof


def judge(proof: Proof, plan: Plan) -> tuple[Judgement, ...]:
    """Nothing yet."""
    return ()
