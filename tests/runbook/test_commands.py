"""Commands as values: program, verb, resource, name, options."""

import pytest

from seatrial.runbook.commands import Command, Unread, looks_like_command, read_block
from seatrial.runbook.document import read


def block(code: str) -> list[Command | Unread]:
    """The commands of a bash block."""
    ((_opening, inside),) = read(f"```bash\n{code}\n```").blocks()
    return list(read_block(inside))


def one(code: str) -> Command:
    """The first command."""
    command = block(code)[0]
    assert isinstance(command, Command)
    return command


@pytest.mark.parametrize(
    ("code", "verb", "resource", "name"),
    [
        ("kubectl get po", "get", "pod", ""),
        ("kubectl -n x get deploy web", "get", "deployment", "web"),
        ("kubectl rollout status deployment/web -n x", "rollout status", "deployment", "web"),
        ("kubectl rollout undo deployments.apps/web", "rollout undo", "deployment", "web"),
        ("kubectl describe hpa web-hpa", "describe", "hpa", "web-hpa"),
        ("kubectl top nodes", "top", "node", ""),
        ("kubectl config use-context prod", "config use-context", "", ""),
        ("kubectl logs web-1 -c app --tail=5", "logs", "pod", "web-1"),
        ("kubectl exec -it deploy/web -- env", "exec", "deployment", "web"),
        ("kubectl delete hpa/web-hpa", "delete", "hpa", "web-hpa"),
        ("kubectl get deploy,rs,pods", "get", "deployment,replicaset,pod", ""),
        ("sudo k get pods", "get", "pod", ""),
        ("watch -n 5 kubectl get pods", "get", "pod", ""),
        ("watch 'kubectl get pods -n x'", "get", "pod", ""),
        ("kubectl get virtualservice x", "get", "virtualservice", "x"),
    ],
)
def test_kubectl(code: str, verb: str, resource: str, name: str) -> None:
    """In its own grammar, options anywhere."""
    command = one(code)

    assert (command.program, command.verb, command.resource, command.name) == ("kubectl", verb, resource, name)


def test_options_have_values_in_every_notation() -> None:
    """`-n x`, `-nx`, `--namespace=x`; an option without a value is there."""
    assert one("kubectl get pods -nx").namespace == "x"
    assert one("kubectl get pods --namespace=x -w").option("-w") == "true"
    assert one("kubectl logs -l app=x --tail 50").option("--tail") == "50"


def test_what_runs_inside_of_a_pod() -> None:
    """Behind `--`, or in the old form behind the pod."""
    assert one("kubectl exec deploy/x -- ls -la /log").inner == ("ls", "-la", "/log")
    assert one("kubectl exec web-1 env").inner == ("env",)


def test_continuations_pipes_quotes_and_here_documents_are_one_command() -> None:
    """With the lines that they take."""
    found = block(
        "kubectl get \\\n  pods\ncurl -d '{\n \"a\": 1\n}' http://x\ncat > f << EOF\nkubectl delete ns x\nEOF\nls |\n  grep a"
    )

    assert [(it.line, it.last) for it in found] == [(2, 3), (4, 6), (7, 9), (10, 11), (10, 11)]
    assert not any(isinstance(it, Command) and it.verb == "delete" for it in found)


def test_a_directory_holds_until_the_next_cd() -> None:
    """The `cd` itself has already gone there."""
    found = block("cd ~/a\nls\ncd /b\nls")

    assert [it.directory for it in found if isinstance(it, Command)] == ["~/a", "~/a", "/b", "/b"]


@pytest.mark.parametrize("code", ["for i in 1 2; do", "[Load Balancer]", "rate(x[5m]) > 1", '"email": "x",', "├─> 90%"])
def test_what_is_no_command_is_said(code: str) -> None:
    """With its line and a reason."""
    (unread, *_rest) = block(code)

    assert isinstance(unread, Unread)
    assert (unread.line, bool(unread.because)) == (2, True)


def test_a_bare_fence_holds_commands_only_of_known_programs() -> None:
    """It may as well hold a drawing."""
    ((_opening, inside),) = read("```\nkubectl get pods\nNAME READY\n```").blocks()

    assert [type(it) for it in read_block(inside)] == [Command, Unread]


@pytest.mark.parametrize(
    ("text", "is_command"),
    [
        ("kubectl get pods", True),
        ("kubectl 已配置", False),
        ("kubectl", False),
        ("values.yaml", False),
        ("git diff", True),
    ],
)
def test_inline_code_is_a_command_or_a_word(text: str, is_command: bool) -> None:
    """A known program with something behind it."""
    assert looks_like_command(text) is is_command
