"""How a pod fares, told by a story: `Script.healthy(ready_after_s=30)`, `Script.crash_loop()`, `Script.oom_kill(after_s=20)`."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.support.fake_apply import bodies, part, peek, text

from seatrial.model.writes import Body

Say = Callable[[str, str, str], None]
"""Write an event about the pod: type, reason, message."""

BACK_OFFS = 12
LOOKS_AGAIN = 40


@dataclass(frozen=True)
class Script:
    """A pod's life: what happens how many seconds after it was made. Everything else follows from that."""

    moments: tuple[tuple[float, str, tuple[object, ...]], ...] = ()
    log: tuple[tuple[float, str], ...] = ((2.0, "Started ExchangeServiceApplication in 2.0 seconds"),)
    memory: tuple[tuple[float, str], ...] = ((0.0, "400Mi"),)
    cpu: str = "150m"
    leaves_after_s: float = 3.0

    @classmethod
    def healthy(cls, ready_after_s: float = 30.0) -> "Script":
        """It starts, becomes Ready, and stays so."""
        return _placed().also(1.0, "runs").also(ready_after_s, "becomes_ready")

    @classmethod
    def never_ready(cls) -> "Script":
        """It runs, and its readiness probe fails for ever."""
        sick = _placed().also(1.0, "runs")
        message = "Readiness probe failed: HTTP probe failed with statuscode: 503"
        for nth in range(LOOKS_AGAIN):
            sick = sick.also(12.0 + 10 * nth, "warns", "Unhealthy", message)
        return sick

    @classmethod
    def crash_loop(cls, exit_code: int = 1, after_s: float = 2.0, reason: str = "Error") -> "Script":
        """It ends soon after each start, never Ready."""
        return _placed()._looping(1.0, after_s, None, exit_code, reason)

    @classmethod
    def oom_kill(cls, after_s: float = 20.0, ready_after_s: float | None = 8.0) -> "Script":
        """The kernel ends it that long after each start, again and again."""
        return _placed()._looping(1.0, after_s, ready_after_s, 137, "OOMKilled")

    @classmethod
    def oom_kill_once(cls, after_s: float = 20.0, ready_after_s: float = 8.0) -> "Script":
        """The kernel ends it once; the second life holds."""
        once = _placed().also(1.0, "runs").also(ready_after_s, "becomes_ready")
        again = once.also(after_s, "ends", 137, "OOMKilled").also(after_s + 1.0, "runs")
        return again.also(after_s + 1.0 + ready_after_s, "becomes_ready")

    @classmethod
    def image_missing(cls, because: str = "not found") -> "Script":
        """The image can't be pulled."""
        sick = _placed()
        for nth in range(LOOKS_AGAIN):
            sick = sick.also(1.3 + 30 * nth, "image_refused", because).also(14.0 + 30 * nth, "image_backs_off", because)
        return sick

    @classmethod
    def config_missing(
        cls, because: str = "couldn't find key ARGS1 in Secret forex-prod/exchange-service-env"
    ) -> "Script":
        """A Secret, ConfigMap or key that the container needs is not there."""
        sick = _placed()
        for nth in range(LOOKS_AGAIN):
            sick = sick.also(1.3 + 12 * nth, "waits", "CreateContainerConfigError", because)
        return sick

    @classmethod
    def stuck_creating(
        cls, reason: str = "FailedMount", message: str = 'MountVolume.SetUp failed: "x" not found'
    ) -> "Script":
        """ContainerCreating for ever, with an event that says why."""
        sick = _placed()
        for nth in range(LOOKS_AGAIN):
            sick = sick.also(2.0 + 30 * nth, "warns", reason, message)
        return sick

    @classmethod
    def unschedulable(cls, message: str = "0/1 nodes are available: 1 Insufficient memory.") -> "Script":
        """No node takes it."""
        return cls().also(0.1, "finds_no_node", message)

    def also(self, at_s: float, what: str, *words: object) -> "Script":
        """One more thing that happens: the name of a PodLife method, and its arguments."""
        assert hasattr(PodLife, what), what
        return replace(self, moments=(*self.moments, (at_s, what, words)))

    def saying(self, line: str, at_s: float = 2.0) -> "Script":
        """A line in the log, that long after each start of the container."""
        return replace(self, log=(*self.log, (at_s, line)))

    def silent(self) -> "Script":
        """No line in the log yet."""
        return replace(self, log=())

    def using(self, memory: str, from_s: float = 0.0) -> "Script":
        """The working set from that age on."""
        kept = tuple(one for one in self.memory if one[0] < from_s)
        return replace(self, memory=(*kept, (from_s, memory)))

    def leaving(self, after_s: float) -> "Script":
        """How long it takes to go when it is asked to."""
        return replace(self, leaves_after_s=after_s)

    def memory_at(self, age_s: float) -> str:
        """The working set at that age."""
        return [value for since, value in self.memory if since <= age_s][-1]

    def _looping(self, start_s: float, after_s: float, ready_s: float | None, code: int, reason: str) -> "Script":
        """Start, end, wait ever longer: 10 s, 20 s, … 300 s, as the kubelet does."""
        life, at = self, start_s
        for nth in range(BACK_OFFS):
            life = life.also(at, "runs")
            if ready_s is not None and ready_s < after_s:
                life = life.also(at + ready_s, "becomes_ready")
            life = life.also(at + after_s, "ends", code, reason)
            if nth:
                life = life.also(at + after_s + 1.0, "backs_off")
            at += after_s + (min(10.0 * 2 ** (nth - 1), 300.0) if nth else 1.0)
        return life


def _placed() -> Script:
    return Script().also(0.1, "placed")


class PodLife:
    """A pod's body in the hands of the kubelet; each method is one thing that can happen to it."""

    def __init__(self, body: Body, now: str, say: Say) -> None:
        self.body = body
        self.now = now
        self.say = say

    @property
    def container(self) -> Body:
        """The first container's status, made where there is none."""
        status = part(self.body, "status")
        found = status.setdefault("containerStatuses", [self._fresh_container()])
        assert isinstance(found, list)
        assert isinstance(found[0], dict)
        return found[0]

    def _fresh_container(self) -> Body:
        spec = bodies(self.body, "spec", "containers")[0]
        waiting = {"waiting": {"reason": "ContainerCreating"}}
        fresh: Body = {"name": spec["name"], "image": spec.get("image", ""), "ready": False, "restartCount": 0}
        return fresh | {"state": waiting, "lastState": {}, "started": False}

    def condition(self, kind: str, status: str, reason: str = "", message: str = "") -> None:
        """Set one condition; its time moves only when its status does."""
        set_condition(part(self.body, "status"), self.now, {"type": kind, "status": status}, reason, message)

    def placed(self) -> None:
        """A node takes it."""
        part(self.body, "spec")["nodeName"] = "node-1"
        part(self.body, "status").update(phase="Pending", startTime=self.now)
        self.condition("PodScheduled", "True")
        self.condition("Ready", "False", "ContainersNotReady")
        _ = self.container
        self.say("Normal", "Scheduled", f"Successfully assigned {self._name()} to node-1")

    def finds_no_node(self, message: str) -> None:
        """No node takes it."""
        part(self.body, "status")["phase"] = "Pending"
        self.condition("PodScheduled", "False", "Unschedulable", message)
        self.say("Warning", "FailedScheduling", message)

    def runs(self) -> None:
        """The container starts; a second start is a restart."""
        state = self.container
        if peek(state, "state", "terminated") or peek(state, "lastState", "terminated"):
            state["lastState"] = self._ended_state()
            count = state["restartCount"]
            assert isinstance(count, int)
            state["restartCount"] = count + 1
        state.update(state={"running": {"startedAt": self.now}}, started=True, ready=False)
        part(self.body, "status").update(phase="Running", podIP="198.18.1.7")
        self.say("Normal", "Started", f"Started container {state['name']}")

    def becomes_ready(self) -> None:
        """The readiness probe passes."""
        self.container["ready"] = True
        self.condition("ContainersReady", "True")
        self.condition("Ready", "True")

    def becomes_unready(self, message: str = "Readiness probe failed: statuscode: 503") -> None:
        """The readiness probe fails."""
        self.container["ready"] = False
        self.condition("Ready", "False", "ContainersNotReady")
        self.say("Warning", "Unhealthy", message)

    def ends(self, exit_code: int, reason: str) -> None:
        """The container's process ends."""
        started = text(self.container, "state", "running", "startedAt")
        ended = {"exitCode": exit_code, "reason": reason, "startedAt": started or self.now, "finishedAt": self.now}
        self.container.update(state={"terminated": ended}, ready=False, started=False)
        self.condition("Ready", "False", "ContainersNotReady")

    def backs_off(self) -> None:
        """The kubelet waits before it starts the container again."""
        state = self.container
        state["lastState"] = self._ended_state()
        message = f"back-off restarting failed container={state['name']} pod={self._name()}"
        state["state"] = {"waiting": {"reason": "CrashLoopBackOff", "message": message}}
        self.say("Warning", "BackOff", f"Back-off restarting failed container {state['name']} in pod {self._name()}")

    def _ended_state(self) -> object:
        state = self.container
        return state["state"] if peek(state, "state", "terminated") else state["lastState"]

    def waits(self, reason: str, message: str) -> None:
        """The container can't be made."""
        self.container["state"] = {"waiting": {"reason": reason, "message": message}}
        self.say("Warning", "Failed", f"Error: {message}")

    def image_refused(self, because: str) -> None:
        """A pull failed."""
        self.container["state"] = {"waiting": {"reason": "ErrImagePull", "message": self._pull_error(because)}}
        self.say("Warning", "Failed", self._pull_error(because))

    def image_backs_off(self, because: str) -> None:
        """The kubelet waits before it pulls again."""
        message = f'Back-off pulling image "{self.container["image"]}": ErrImagePull: {self._pull_error(because)}'
        self.container["state"] = {"waiting": {"reason": "ImagePullBackOff", "message": message}}
        self.say("Normal", "BackOff", f'Back-off pulling image "{self.container["image"]}"')

    def _pull_error(self, because: str) -> str:
        image = self.container["image"]
        return f'Failed to pull image "{image}": failed to resolve reference "{image}": {because}'

    def warns(self, reason: str, message: str) -> None:
        """A warning event, and nothing else."""
        self.say("Warning", reason, message)

    def _name(self) -> str:
        return f"{text(self.body, 'metadata', 'namespace')}/{text(self.body, 'metadata', 'name')}"


def set_condition(status: Body, now: str, condition: Body, reason: str = "", message: str = "") -> None:
    """Add or replace one condition; lastTransitionTime moves with its status, lastUpdateTime with anything."""
    known = bodies(status, "conditions")
    old = next((one for one in known if one["type"] == condition["type"]), {})
    same_status = old.get("status") == condition["status"]
    new = condition | {"lastTransitionTime": old.get("lastTransitionTime") if same_status else now}
    if reason:
        new["reason"] = reason
    if message:
        new["message"] = message
    unmoved = {**new, "lastUpdateTime": old.get("lastUpdateTime")} == old
    new["lastUpdateTime"] = old.get("lastUpdateTime") if unmoved else now
    status["conditions"] = [one for one in known if one["type"] != condition["type"]] + [new]
