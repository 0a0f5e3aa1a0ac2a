"""What belongs to a workload, by name and reference, where a selector can't say it: autoscalers and events of its namespace."""

import re

from seatrial.model.kube import Hpa, KubeEvent
from seatrial.model.observation import ObjectRef

AUTOSCALER = "HorizontalPodAutoscaler"


def autoscaler_belongs(hpa: Hpa, workload: ObjectRef) -> bool:
    """It scales the workload, or bears its name: an autoscaler with a mistyped target must be seen too."""
    target = hpa.spec.scale_target_ref
    scales = target.kind == workload.kind and target.name == workload.name
    return scales or hpa.metadata.name.startswith(workload.name)


def event_belongs(event: KubeEvent, workload: ObjectRef, hpas: frozenset[str]) -> bool:
    """It is about the workload, one of its ReplicaSets or pods (gone ones too), or one of these autoscalers."""
    about = event.involved_object
    match about.kind:
        case "ReplicaSet":
            return _bears(about.name, workload.name, _SET_SUFFIX)
        case "Pod":
            return _bears(about.name, workload.name, _POD_SUFFIX)
        case kind if kind == AUTOSCALER:
            return about.name in hpas or about.name.startswith(workload.name)
        case _:
            return about.kind == workload.kind and about.name == workload.name


_SET_SUFFIX = re.compile(r"-[a-z0-9]{1,10}")
# A ReplicaSet's hash, then the API server's five characters for a generated name.
_POD_SUFFIX = re.compile(r"-[a-z0-9]{1,10}-[a-z0-9]{5}")


def _bears(name: str, workload: str, suffix: re.Pattern[str]) -> bool:
    return name.startswith(workload) and suffix.fullmatch(name, len(workload)) is not None


def may_matter(event: KubeEvent, workload: ObjectRef) -> bool:
    """Whether it is worth keeping before the autoscalers are known: one of them may bear any name."""
    return event.involved_object.kind == AUTOSCALER or event_belongs(event, workload, frozenset())


def still_matters(event: KubeEvent, workload: ObjectRef, hpas: frozenset[str]) -> bool:
    """Of what `may_matter` kept, whether it belongs now that the autoscalers are known; asked at every look, of every event."""
    return event.involved_object.kind != AUTOSCALER or event_belongs(event, workload, hpas)
