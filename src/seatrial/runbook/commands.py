"""Commands as values: what kubectl, git, curl and their like are asked for, word by word; nothing is run."""

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from seatrial.runbook.document import Kind, Line
from seatrial.runbook.shellwords import NotShellError, Script, Simple, read_script


class Command(Struct, frozen=True):
    """One program of one line. options: as written, the leading dashes kept; inner: what stands behind `--`.

    joined: the sign before it (`|`, `||`, …). directory: where the `cd` above it went. commented: it stands behind a `#`.
    """

    line: int
    last: int
    text: str
    program: str
    verb: str = ""
    resource: str = ""
    name: str = ""
    namespace: str = ""
    options: tuple[tuple[str, str], ...] = ()
    arguments: tuple[str, ...] = ()
    inner: tuple[str, ...] = ()
    assignments: tuple[tuple[str, str], ...] = ()
    writes: str = ""
    appends: bool = False
    joined: str = ""
    directory: str = ""
    commented: bool = False

    def option(self, *names: str) -> str:
        """The value of the first of these options that is there; an option without one is `true`."""
        return next((value or "true" for name, value in self.options if name in names), "")


class Unread(Struct, frozen=True):
    """A line of code that is no command that this reader knows."""

    line: int
    last: int
    because: str


RESOURCES = {
    "pod": ("po", "pods"),
    "deployment": ("deploy", "deployments", "deployment.apps", "deployments.apps"),
    "service": ("svc", "services"),
    "hpa": ("horizontalpodautoscaler", "horizontalpodautoscalers", "horizontalpodautoscaler.autoscaling", "hpas"),
    "node": ("no", "nodes"),
    "event": ("ev", "events"),
    "secret": ("secrets",),
    "configmap": ("cm", "configmaps"),
    "namespace": ("ns", "namespaces"),
    "replicaset": ("rs", "replicasets"),
    "statefulset": ("sts", "statefulsets", "statefulset.apps"),
    "daemonset": ("ds", "daemonsets"),
    "endpoints": ("ep", "endpoint", "endpointslice", "endpointslices"),
    "ingress": ("ing", "ingresses"),
    "networkpolicy": ("netpol", "networkpolicies"),
    "poddisruptionbudget": ("pdb", "poddisruptionbudgets"),
    "resourcequota": ("quota", "resourcequotas"),
    "job": ("jobs",),
    "cronjob": ("cj", "cronjobs"),
    "persistentvolumeclaim": ("pvc", "persistentvolumeclaims"),
    "apiservice": ("apiservices", "apiservices.apiregistration.k8s.io"),
}
_RESOURCE_OF = {alias: name for name, aliases in RESOURCES.items() for alias in (name, *aliases)}

TWO_WORDS = {"rollout", "config", "top", "auth", "set", "create", "cluster-info", "certificate", "plugin"}
"""kubectl's verbs that have a second word."""

NO_RESOURCE = {
    "apply",
    "diff",
    "exec",
    "logs",
    "port-forward",
    "cp",
    "version",
    "api-resources",
    "api-versions",
    "kustomize",
    "replace",
}
"""kubectl's verbs whose first argument is a pod, or nothing."""

VALUED = {
    "kubectl": {
        "-n", "--namespace", "-l", "--selector", "-o", "--output", "--field-selector", "--sort-by", "--tail", "--since",
        "--since-time", "-c", "--container", "-f", "--filename", "-k", "--kustomize", "--context", "--kubeconfig",
        "--timeout", "--for", "--replicas", "--type", "-p", "--patch", "--image", "--grace-period", "--to-revision",
        "--revision", "--min", "--max", "--cpu-percent", "--from-literal", "--from-file", "--from-env-file", "--cluster",
        "--user", "--as", "--as-group", "-s", "--server", "--token", "--field-manager", "--dry-run", "-L", "--chunk-size",
        "--template", "--cascade", "--request-timeout", "-v", "--address", "--port", "--target-port", "--restart",
        "--patch-file", "--current-replicas", "--limits", "--requests", "--limit-bytes", "--max-log-requests", "--all-pods",
    } - {"--dry-run", "--cascade", "--all-pods"},
    "helm": {
        "-n", "--namespace", "-f", "--values", "--set", "--set-string", "--set-file", "--version", "--timeout", "--repo",
        "--kube-context", "--kubeconfig", "--revision", "-o", "--output", "--max", "--description", "--history-max",
    },
    "git": {"-C", "-m", "--message", "-n", "-b", "--author", "--format", "--since", "-c"},
    "curl": {
        "-X", "--request", "-H", "--header", "-d", "--data", "-o", "--output", "-u", "--user", "-w", "--write-out", "-m",
        "--max-time", "--connect-timeout", "--cacert", "--cert", "--key", "--retry", "--retry-delay", "-A", "--data-binary",
        "--resolve", "-F", "-T", "-b", "-x",
    },
    "tail": {"-n", "-c"},
    "head": {"-n", "-c"},
    "grep": {"-e", "-A", "-B", "-C", "-m", "-f"},
    "sudo": {"-u", "-g", "-h", "-p", "--user", "--group"},
    "watch": {"-n", "--interval", "-d"},
    "timeout": {"-s", "-k", "--signal"},
    "awk": {"-F", "-v"},
    "docker": {"-t", "--tag", "-f", "--file", "--name", "-p", "-v", "-e", "--platform"},
}  # fmt: skip
"""Options that take the next word as their value."""

WRAPPERS = {"sudo", "time", "watch", "timeout", "nohup", "command", "exec", "env", "oc", "k"}
"""Programs in front of the one that is meant; `oc` and `k` speak as kubectl does."""

BUILTINS = {
    "cd", "echo", "export", "printf", "set", "source", ".", "sleep", "date", "pwd", "true", "read", "mkdir", "ls", "cat",
    "cp", "mv", "rm", "tee", "diff", "grep", "egrep", "tail", "head", "sort", "uniq", "wc", "awk", "sed", "jq", "yq", "cut",
    "less", "more", "column", "xargs", "tr", "base64", "tar", "chmod", "ssh", "scp", "rsync", "vi", "vim", "nano", "open",
    "python", "python3", "bash", "sh", "make", "npm", "yarn", "mvn", "gradle", "./mvnw", "./gradlew", "go", "pip",
}  # fmt: skip
PROGRAMS = BUILTINS | {
    "kubectl", "helm", "git", "curl", "wget", "kustomize", "docker", "podman", "crictl", "argocd", "flux", "kubeadm", "kubelet",
    "systemctl", "journalctl", "apt", "apt-get", "yum", "dnf", "psql", "pg_dump", "pg_restore", "pg_upgrade", "pg_dumpall",
    "pg_ctl", "mysql", "mysqldump", "redis-cli", "mongo", "mongosh", "mongodump", "nginx", "aws", "gcloud", "az", "eksctl",
    "gsutil", "terraform", "terragrunt", "ansible", "ansible-playbook", "vault", "velero", "istioctl", "kubectx", "kubens",
    "k9s", "stern", "hey", "ab", "wrk", "k6", "openssl", "nc", "telnet", "dig", "nslookup", "ping", "jcmd", "jstat", "jmap",
    "jstack", "java", "etcdctl", "skopeo", "crane", "gh", "glab", "minikube", "kind", "df", "du", "free", "ps", "kill", "chown",
    "rollout", "oc", "k", "service", "sudo", "watch",
}  # fmt: skip
"""Programs by which a line of a bare fence, or a piece of inline code, is taken for a command."""


_PROGRAM = re.compile(r"^[\w./~${}@+<>-]*\w[\w./~${}@+<>-]*$|^[.:]$", re.ASCII)
OPEN_LINES_MAX = 200


def looks_like_command(text: str) -> bool:
    """Whether inline code or a comment is a command and not a word: a program that is known, with something behind it."""
    first, _, rest = text.strip().partition(" ")
    return first in PROGRAMS and (bool(rest.strip()) and _is_argument(rest.split()[0]))


def _is_argument(word: str) -> bool:
    """A command's second word is ASCII; a sentence that begins with a program's name goes on in words."""
    return word.isascii()


def read_block(lines: Sequence[Line], directory: str = "", *, commented: bool = False) -> Iterator[Command | Unread]:
    """The commands of a code block in their order; continuations and here-documents are one command with their first line."""
    bare = not commented and all(not one.language for one in lines)
    for first, last, text in _logical(lines):
        try:
            script = read_script(text)
        except NotShellError as error:
            yield Unread(first, last, str(error))
            continue
        strange = next((one.words[0] for one in script.simples if one.words and not _PROGRAM.match(one.words[0])), "")
        if strange or (
            bare and script.simples and script.simples[0].words and script.simples[0].words[0] not in PROGRAMS
        ):
            yield Unread(first, last, "no command")
            continue
        for command in _commands(script, first, last, text):
            if command.program == "cd":
                directory = command.arguments[0] if command.arguments else "~"
            yield replace(command, directory=directory, commented=commented)


def _logical(lines: Sequence[Line]) -> Iterator[tuple[int, int, str]]:
    """Lines joined where one ends with a backslash or a pipe, leaves a quote open, or opens a here-document."""
    text, first, last, ends = "", 0, 0, ""
    for line in lines:
        if ends:
            last = line.number
            if line.raw.strip() == ends:
                yield first, last, text
                text, ends = "", ""
            continue
        if line.kind is not Kind.CODE and not (text and _is_open(text)):
            if text:
                yield first, last, text
                text = ""
            continue
        text, first = (f"{text} {line.raw.strip()}", first) if text else (line.text, line.number)
        last = line.number
        if text.endswith("\\"):
            text = text[:-1].rstrip()
        elif mark := _here_document(text):
            ends = mark
        elif not text.endswith(("|", "&&", "||")) and not (last - first < OPEN_LINES_MAX and _is_open(text)):
            yield first, last, text
            text = ""
    if text:
        yield first, last, text


def _is_open(text: str) -> bool:
    """Whether a quote or a substitution goes on in the next line."""
    try:
        read_script(text)
    except NotShellError as error:
        return str(error).endswith("not closed")
    return False


def _here_document(text: str) -> str:
    """The word that ends a here-document which this line opens."""
    _, sign, rest = text.partition("<<")
    if not sign or rest.startswith("<"):
        return ""
    words = rest.lstrip("-").split()
    return words[0].strip("'\"") if words else ""


def _commands(script: Script, first: int, last: int, text: str) -> Iterator[Command]:
    for simple in script.simples:
        yield read_command(simple, first, last, text)


def read_command(simple: Simple, first: int, last: int, text: str) -> Command:
    """One program's words, understood as far as its grammar is known."""
    words = _unwrapped(simple.words)
    to = next((one for one in simple.redirects if one.sign in (">", ">>", "&>", "&>>", "1>")), None)
    bare = Command(
        line=first,
        last=last,
        text=text,
        program=words[0].rpartition("/")[2] if words else "",
        assignments=simple.assignments,
        writes=to.target if to else "",
        appends=to is not None and ">>" in to.sign,
        joined=simple.joined,
    )
    if bare.program == "export" and all("=" in word for word in words[1:]):
        pairs = (word.partition("=") for word in words[1:])
        return replace(bare, program="", assignments=tuple((name, value) for name, _, value in pairs))
    options, arguments, inner = _split(bare.program, words[1:])
    made = replace(bare, options=options, arguments=arguments, inner=inner)
    match made.program:
        case "kubectl":
            return _kubectl(made)
        case "git" | "helm" | "docker" | "kustomize" | "argocd":
            verb = arguments[0] if arguments else ""
            return replace(made, verb=verb, arguments=arguments[1:], namespace=made.option("-n", "--namespace"))
        case _:
            return made


def _unwrapped(words: Sequence[str]) -> list[str]:
    """The words without `sudo`, `watch -n 5` and the like."""
    left = list(words)
    while left and left[0] in WRAPPERS and left[0] not in ("oc", "k"):
        wrapper = left.pop(0)
        valued = VALUED.get(wrapper, set())
        while left and (left[0].startswith("-") or (wrapper == "timeout" and left[0][:1].isdigit())):
            if left.pop(0) in valued and left:
                left.pop(0)
    if len(left) == 1 and " " in left[0]:  # watch 'kubectl get pods'
        return _unwrapped(_words_of(left[0]))
    return ["kubectl", *left[1:]] if left and left[0] in ("oc", "k") else left


def _words_of(text: str) -> tuple[str, ...]:
    try:
        script = read_script(text)
    except NotShellError:
        return (text,)
    return script.simples[0].words if script.simples else ()


def _split(program: str, words: Iterable[str]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...], tuple[str, ...]]:
    """Options with their values, arguments, and what stands behind `--`."""
    valued = VALUED.get(program, set())
    options: list[tuple[str, str]] = []
    arguments: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            return tuple(options), tuple(arguments), tuple(left)
        if not word.startswith("-") or word == "-":
            arguments.append(word)
        elif "=" in word and word.startswith("--"):
            name, _, value = word.partition("=")
            options.append((name, value))
        elif word in valued and left:
            options.append((word, left.pop(0)))
        elif len(word) > 2 and word[:2] in valued and not word.startswith("--"):
            options.append((word[:2], word[2:].removeprefix("=")))
        else:
            options.append((word, ""))
    return tuple(options), tuple(arguments), ()


def _kubectl(command: Command) -> Command:
    left = list(command.arguments)
    verb = left.pop(0) if left else ""
    if verb in TWO_WORDS and left:
        verb = f"{verb} {left.pop(0)}"
    made = replace(command, verb=verb, namespace=command.option("-n", "--namespace"))
    if verb == "exec" and not command.inner and len(left) > 1:  # the old form: kubectl exec POD COMMAND
        made = replace(made, inner=tuple(left[1:]))
        left = left[:1]
    if verb.startswith("top "):
        return replace(made, resource=_RESOURCE_OF.get(verb[4:], verb[4:]), verb="top", arguments=tuple(left))
    if verb.startswith(("config ", "auth ")):
        return replace(made, arguments=tuple(left))
    return _with_resource(made, left)


def _with_resource(command: Command, left: list[str]) -> Command:
    """`deployment/x`, `deployment x`, `pods`, or (exec, logs) a pod's bare name."""
    if not left:
        return command
    kind, sign, name = left[0].partition("/")
    if sign:
        return replace(
            command, resource=_RESOURCE_OF.get(kind.lower(), kind.lower()), name=name, arguments=tuple(left[1:])
        )
    if command.verb in NO_RESOURCE:
        return replace(command, resource="pod", name=left[0], arguments=tuple(left[1:]))
    kinds = ",".join(_RESOURCE_OF.get(one.lower(), one.lower()) for one in kind.split(","))
    rest = left[1:]
    return replace(command, resource=kinds, name=rest[0] if rest else "", arguments=tuple(rest[1:]))
