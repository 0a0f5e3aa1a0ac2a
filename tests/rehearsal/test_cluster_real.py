"""The local cluster itself: up, used, up again, cut off in every way, two side by side, and gone without a trace."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seatrial.rehearsal.cgroups import groups_left, mounted_hierarchies
from seatrial.rehearsal.cluster import down, find, up, up_simulated
from seatrial.rehearsal.image import Entry, write_image, write_layer
from seatrial.rehearsal.inside import exec_in, import_image
from seatrial.rehearsal.kubectl import Answer, Kubectl
from seatrial.rehearsal.machine import why_no_real_node
from seatrial.rehearsal.packages import busybox
from seatrial.rehearsal.paths import places
from seatrial.rehearsal.processes import inner_init, marked
from seatrial.rehearsal.programs import Programs, output_of
from seatrial.rehearsal.progress import Durations, Progress
from seatrial.rehearsal.settings import Cluster, NodeKind
from seatrial.rehearsal.status import status
from seatrial.rehearsal.troubles import NotUp
from seatrial.run.clock import pause, ticks

NO_REAL_NODE = why_no_real_node()
pytestmark = [pytest.mark.cluster]
real_node = pytest.mark.skipif(bool(NO_REAL_NODE), reason=f"no real node here: {NO_REAL_NODE}")

PATIENCE_S = 60.0
# A test run in the background may have been told to ignore Ctrl-C, and its children with it.
UP = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    " from seatrial.rehearsal.cluster import up; up(sys.argv[1], out=lambda line: print(line, flush=True))"
)
BUSYBOX = "docker.io/library/busybox:test"
WEB = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "terminationGracePeriodSeconds": 1,
                "containers": [
                    {
                        "name": "web",
                        "image": BUSYBOX,
                        "imagePullPolicy": "IfNotPresent",
                        "command": ["/bin/busybox", "sh", "-c"],
                        "args": ["echo hello > /index.html; exec /bin/busybox httpd -f -p 8080 -h /"],
                        "readinessProbe": {"httpGet": {"path": "/index.html", "port": 8080}, "periodSeconds": 1},
                        "resources": {"limits": {"memory": "64Mi"}},
                    }
                ],
            },
        },
    },
}


@pytest.fixture(autouse=True)
def own_data(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Clusters of these tests lie apart from the user's; what is built is shared."""
    home = tmp_path_factory.getbasetemp() / "clusters"
    monkeypatch.setenv("XDG_DATA_HOME", str(home))
    return home


@pytest.fixture
def named() -> Iterator[str]:
    """A name whose cluster is gone after the test, whatever became of it."""
    yield "trial"
    down("trial", out=lambda _: None)


def kubectl(cluster: Cluster, *arguments: str, given: object = None) -> Answer:
    text = None if given is None else json.dumps(given)
    return Kubectl(cluster.kubectl, cluster.kubeconfig).run(arguments, given=text, timeout_s=PATIENCE_S)


def until(answer: Callable[[], bool], patience_s: float = PATIENCE_S) -> bool:
    deadline = ticks() + patience_s
    while not answer() and ticks() < deadline:
        pause(0.1)
    return answer()


def give_busybox(cluster: Cluster, scratch: Path) -> None:
    """An image of one program, with the passwd entry that every image should have."""
    program = busybox(Programs(), Progress(lambda _: None, Durations(scratch / "durations")))
    for folder in ("bin", "etc"):
        (scratch / "tree" / folder).mkdir(parents=True)
    (scratch / "tree/bin/busybox").write_bytes(program.read_bytes())
    (scratch / "tree/bin/busybox").chmod(0o755)
    (scratch / "tree/etc/passwd").write_text("root:x:0:0::/:/bin/busybox\n")
    layer = write_layer(scratch / "tree", scratch / "layer.tar")
    write_image(scratch / "image.tar", BUSYBOX, [layer], Entry(["/bin/busybox"], "0"))
    assert BUSYBOX in " ".join(import_image(cluster.name, scratch / "image.tar"))


def traces(name: str) -> list[object]:
    """What the host still has of a cluster, apart from its logs."""
    where = places(name)
    held = [where.work, where.pki, where.config, where.kubeconfig]
    mounts = [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(where.base) in line]
    groups = groups_left(mounted_hierarchies(), where.unique_name)
    return [*marked(where.mark), *groups, *mounts, *(one for one in held if one.exists())]


def host_network() -> str:
    """Links, routes and addresses as the host sees them."""
    return "".join(output_of(["ip", *what]) for what in NETWORK)


NETWORK = (["-o", "link"], ["route", "show", "table", "all"], ["-brief", "address"])
SYSCTLS = ("vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops", "net/ipv4/ip_forward")


def host_kernel() -> list[str]:
    """What a kubelet or a network plugin would like to set on the whole machine."""
    return [Path("/proc/sys", name).read_text() for name in SYSCTLS]


@real_node
def test_from_nothing_to_serving_pods_and_back_without_a_trace(named: str, tmp_path: Path) -> None:
    before = host_network(), host_kernel()
    cluster = up(named, out=lambda _: None, contexts=("seatrial-trial", "forex-prod"))
    assert (cluster.kind, cluster.context) == (NodeKind.REAL, "seatrial-trial")
    assert (host_network(), host_kernel()) == before
    give_busybox(cluster, tmp_path)
    kubectl(cluster, "apply", "-f", "-", given=WEB)
    rolled_out = kubectl(cluster, "rollout", "status", "deployment/web", "--timeout=50s")
    assert rolled_out.code == 0, rolled_out.err
    pod = kubectl(cluster, "get", "pods", "-o", "jsonpath={.items[0].metadata.name}").out
    assert kubectl(cluster, "get", "--raw", f"/api/v1/namespaces/default/pods/{pod}:8080/proxy/").out == "hello\n"
    assert kubectl(cluster, "exec", pod, "--", "/bin/busybox", "cat", "/index.html").out == "hello\n"
    assert kubectl(cluster, "--context=forex-prod", "get", "nodes").code == 0
    assert until(lambda: kubectl(cluster, "top", "pods").out.count("web-") == 2), "no metrics"
    assert until(lambda: f'"name":"{pod}"' in cluster.audit_log.read_text()), "not in the audit log"
    down(named, out=lambda _: None)
    assert traces(named) == []
    assert not places(named).base.exists()
    assert (host_network(), host_kernel()) == before


@real_node
def test_up_again_says_so_and_adds_the_context_that_is_wanted_now(named: str) -> None:
    first = up(named, out=lambda _: None)
    init = inner_init(first.places.mark)
    said: list[str] = []
    began = ticks()
    again = up(named, out=said.append, contexts=["forex-prod"])
    assert said == ["  Cluster 'trial' is up already."]
    assert inner_init(first.places.mark) == init
    assert ticks() - began < 10
    assert again.context == "forex-prod"
    assert kubectl(again, "--context=seatrial-trial", "get", "nodes").code == 0


@real_node
def test_nothing_outside_can_be_reached_from_inside(named: str) -> None:
    up(named, out=lambda _: None)
    routes = exec_in(named, ["ip", "route", "get", "192.0.2.1"])
    assert "No route to host" in routes.err


@real_node
def test_status_names_the_part_that_ended_and_up_starts_afresh(named: str) -> None:
    cluster = up(named, out=lambda _: None)
    assert status(named).is_up
    told = json.loads(cluster.places.parts.read_text())
    exec_in(named, ["kill", "-9", str(told["kube-scheduler"]["pid"])])
    assert until(lambda: not status(named).is_up)
    assert "  kube-scheduler           ended" in status(named).lines()
    said: list[str] = []
    up(named, out=said.append)
    assert "not well" in said[0]
    assert status(named).is_up


@real_node
def test_killing_the_first_process_ends_everything(named: str, tmp_path: Path) -> None:
    cluster = up(named, out=lambda _: None)
    give_busybox(cluster, tmp_path)
    kubectl(cluster, "apply", "-f", "-", given=WEB)
    assert kubectl(cluster, "rollout", "status", "deployment/web", "--timeout=50s").code == 0
    os.kill(inner_init(cluster.places.mark) or 0, signal.SIGKILL)
    assert until(lambda: traces(named) == []), traces(named)
    with pytest.raises(NotUp, match="has ended"):
        find(named)
    assert "has ended" in status(named).headline


@real_node
@pytest.mark.parametrize(
    ("sent", "after_s"),
    [(signal.SIGKILL, 0.2), (signal.SIGKILL, 1.5), (signal.SIGKILL, 3.0), (signal.SIGINT, 0.7), (signal.SIGINT, 4.0)],
)
def test_an_up_that_is_cut_off_leaves_nothing_running_and_the_next_one_works(
    sent: signal.Signals, after_s: float, named: str
) -> None:
    with subprocess.Popen([sys.executable, "-c", UP, named], stdout=subprocess.PIPE, text=True) as cut_off:
        assert cut_off.stdout is not None
        cut_off.stdout.readline()
        pause(after_s)
        cut_off.send_signal(sent)
        cut_off.wait(timeout=30)
    where = places(named)
    assert until(lambda: not marked(where.mark) and not groups_left(mounted_hierarchies(), where.unique_name))
    if after_s == 1.5:
        up(named, out=lambda _: None)
        assert status(named).is_up
    down(named, out=lambda _: None)
    assert traces(named) == []


@real_node
def test_two_stand_side_by_side(named: str) -> None:
    first = up(named, out=lambda _: None)
    try:
        second = up("trial-2", out=lambda _: None)
        kubectl(first, "create", "namespace", "only-here")
        assert kubectl(second, "get", "namespace", "only-here").code != 0
        down(named, out=lambda _: None)
        assert status("trial-2").is_up
    finally:
        down("trial-2", out=lambda _: None)


def test_down_without_a_cluster_says_that_there_is_none() -> None:
    said: list[str] = []
    down("never-made", out=said.append)
    assert said == ["  There is no cluster 'never-made'."]


def test_simulated_nodes_make_pods_ready_and_go_with_their_first_process(named: str) -> None:
    cluster = up_simulated(named, out=lambda _: None)
    assert cluster.kind is NodeKind.SIMULATED
    kubectl(cluster, "apply", "-f", "-", given=WEB)
    assert kubectl(cluster, "rollout", "status", "deployment/web", "--timeout=50s").code == 0
    kubectl(cluster, "delete", "deployment", "web", "--wait=false")
    assert until(lambda: kubectl(cluster, "get", "pods", "-o", "name").out == "")
    parts = json.loads(cluster.places.parts.read_text())
    os.kill(inner_init(cluster.places.mark) or 0, signal.SIGKILL)
    assert until(lambda: not any(is_alive(int(part["pid"])) for part in parts.values()))
    assert until(lambda: traces(named) == []), traces(named)


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie that waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
