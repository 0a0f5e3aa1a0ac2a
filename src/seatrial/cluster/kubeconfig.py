"""The user's kubeconfig: which server a context means, how its certificate is checked, and who we are there."""

import base64
import binascii
import os
from collections.abc import Mapping
from pathlib import Path

import yaml
from msgspec import Struct

from seatrial.cluster.proxies import goes_through_a_proxy
from seatrial.cluster.troubles import InsecureRefused, NoSuchContext

FILE_BYTES_MAX = 4 * 1024 * 1024
FILES_MAX = 32
Section = dict[str, object]


class Credentials(Struct, frozen=True):
    """What a context amounts to. only_kubectl says why plain requests won't do; empty where they do."""

    context: str
    server: str
    namespace: str = "default"
    ca_pem: str = ""
    certificate_pem: str = ""
    key_pem: str = ""
    token: str = ""
    token_file: str = ""
    tls_server_name: str = ""
    only_kubectl: str = ""

    def __repr__(self) -> str:
        """Without what it holds: keys must not end up in a traceback."""
        return f"Credentials({self.context!r} at {self.server!r})"


def load(kubeconfig: str | None, context: str | None, env: Mapping[str, str] = os.environ) -> Credentials:
    """The credentials of the context, or of the current one. Of several files, the first to say something wins."""
    files = _files(kubeconfig, env)
    merged = _merged(files)
    name = context or str(merged["current-context"])
    where = ", ".join(str(one) for one in files)
    if not name:
        raise NoSuchContext(f"No current context in {where}: name one with --context.")
    found = _named(merged, "contexts", name)
    if found is None:
        known = ", ".join(sorted(_section(merged, "contexts"))) or "none"
        raise NoSuchContext(f"No context '{name}' in {where}. There are: {known}.")
    cluster = _named(merged, "clusters", _text(found, "cluster"))
    user = _named(merged, "users", _text(found, "user"))
    if cluster is None or (user is None and _text(found, "user")):
        raise NoSuchContext(f"Context '{name}' names a cluster or user that is not in {where}.")
    return _credentials(name, _text(found, "namespace") or "default", cluster, user or {}, env)


def _files(kubeconfig: str | None, env: Mapping[str, str]) -> list[Path]:
    if kubeconfig:
        paths = [Path(kubeconfig).expanduser()]
    elif env.get("KUBECONFIG"):
        paths = [Path(one).expanduser() for one in env["KUBECONFIG"].split(os.pathsep)[:FILES_MAX] if one]
    else:
        paths = [Path.home() / ".kube" / "config"]
    there = [one for one in paths if one.is_file()]
    if not there:
        names = ", ".join(str(one) for one in paths)
        raise NoSuchContext(f"No kubeconfig at {names}: name one with --kubeconfig, or set KUBECONFIG.")
    return there


def _merged(files: list[Path]) -> Section:
    """Sections by name; relative paths made absolute by the file that they stand in."""
    merged: Section = {"current-context": "", "contexts": {}, "clusters": {}, "users": {}}
    for path in files:
        content = _read(path)
        merged["current-context"] = merged["current-context"] or _text(content, "current-context")
        for section, inner in (("contexts", "context"), ("clusters", "cluster"), ("users", "user")):
            entries = content.get(section) or []
            for entry in entries if isinstance(entries, list) else []:
                if isinstance(entry, dict) and isinstance(entry.get(inner), dict):
                    known = _section(merged, section)
                    known.setdefault(str(entry.get("name")), _absolute(entry[inner], path.parent))
    return merged


def _read(path: Path) -> Section:
    try:
        raw = path.read_bytes()
        if len(raw) > FILE_BYTES_MAX:
            raise NoSuchContext(f"{path} is larger than {FILE_BYTES_MAX} bytes: that is no kubeconfig.")
        content = yaml.load(raw, yaml.CSafeLoader)
    except OSError as error:
        raise NoSuchContext(f"{path} can't be read: {error.strerror}.") from error
    except yaml.YAMLError as error:
        # The error's text quotes the file, which holds keys: only its position is said.
        mark = getattr(error, "problem_mark", None)
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise NoSuchContext(f"{path}{place}: not YAML.") from None
    if not isinstance(content, dict):
        raise NoSuchContext(f"{path} is no kubeconfig.")
    return content


def _absolute(entry: Section, base: Path) -> Section:
    paths = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
    return {
        name: str(base / value) if name in paths and isinstance(value, str) and value else value
        for name, value in entry.items()
    }


def _credentials(context: str, namespace: str, cluster: Section, user: Section, env: Mapping[str, str]) -> Credentials:
    server = _text(cluster, "server")
    if cluster.get("insecure-skip-tls-verify"):
        raise InsecureRefused(
            f"Context '{context}' has insecure-skip-tls-verify: true, so anybody could answer as {server}. "
            "Put the cluster's CA into certificate-authority-data and remove that line."
        )
    reason = _only_kubectl(server, cluster, user, env)
    return Credentials(
        context=context,
        server=server,
        namespace=namespace,
        ca_pem=_pem(context, cluster, "certificate-authority"),
        certificate_pem="" if reason else _pem(context, user, "client-certificate"),
        key_pem="" if reason else _pem(context, user, "client-key"),
        token=_text(user, "token"),
        token_file=_text(user, "tokenFile"),
        tls_server_name=_text(cluster, "tls-server-name"),
        only_kubectl=reason,
    )


def _only_kubectl(server: str, cluster: Section, user: Section, env: Mapping[str, str]) -> str:
    """Why this context needs kubectl; empty where it does not."""
    kinds = {
        "exec": "a credential plugin",
        "auth-provider": "an auth provider",
        "username": "a password",
        "as": "impersonation",
    }
    for key, what in kinds.items():
        if user.get(key):
            return what
    if cluster.get("proxy-url") or goes_through_a_proxy(server, env):
        return "a proxy"
    return ""


def _pem(context: str, entry: Section, name: str) -> str:
    """The inline data, which goes before the file."""
    inline = _text(entry, f"{name}-data")
    file = _text(entry, name)
    try:
        if inline:
            return base64.b64decode(inline, validate=True).decode("ascii")
        return Path(file).read_text(encoding="ascii") if file else ""
    except (binascii.Error, UnicodeDecodeError):
        raise NoSuchContext(f"Context '{context}': {name}-data can't be read.") from None
    except OSError as error:
        raise NoSuchContext(f"Context '{context}': {name} {file} can't be read: {error.strerror}.") from error


def _section(merged: Section, name: str) -> Section:
    section = merged[name]
    assert isinstance(section, dict)  # noqa: S101 - made so in _merged
    return section


def _named(merged: Section, section: str, name: str) -> Section | None:
    found = _section(merged, section).get(name)
    return found if isinstance(found, dict) else None


def _text(entry: Section, name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""
