"""Secrets out of everything that is written down: by value, from the manifests and from what stood before them."""

from seatrial.change.masking import Redactor, redactor
from seatrial.model.writes import Body
from seatrial.run.tools import Tools


def hide_secrets(tools: Tools) -> None:
    """Let the journal hide every secret that is known by now. Called before each step: a step may have made more of them known."""
    if tools.store.unseal():
        tools.journal.hide_with(redactor_of(tools).text)


def redactor_of(tools: Tools) -> Redactor:
    """Every secret that is known: of the manifests, and of the recorded objects."""
    sealed = tools.store.unseal()
    rendered = sealed.get("rendered", {}).get("bodies")
    bodies: list[Body] = [*rendered] if isinstance(rendered, list) else []
    bodies += [body for name, body in sealed.items() if name.startswith("record-")]
    return redactor(bodies, tools.store.key())
