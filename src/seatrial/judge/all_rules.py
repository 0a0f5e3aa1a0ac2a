"""Every family of rules, imported once, so that the catalogue is whole."""

from seatrial.judge import autoscaling, baseline, change, environment, manifest, proof, rollback, rollout
from seatrial.judge.catalogue import RuleCard, cards

FAMILIES = (autoscaling, baseline, change, environment, manifest, proof, rollback, rollout)


def all_cards() -> tuple[RuleCard, ...]:
    """All rules of all families."""
    return cards()
