"""Makes the keys and certificates of one cluster: a single authority, short-lived, thrown away with it."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seatrial.rehearsal.programs import output_of, require

VALID_DAYS = 400
ALWAYS_NAMES = ("DNS:localhost", "IP:127.0.0.1")


@dataclass(frozen=True)
class Certificate:
    """One certificate to be made: its file name, whose it is, what it is good for, and under which names it serves."""

    file: str
    subject: str
    names: tuple[str, ...] = ()


def certificates(node: str, node_address: str, service_address: str) -> list[Certificate]:
    """Everything a control plane with one node needs. metrics-server is called by the DNS name of its Service:
    without it the APIService says Available while requests get 503."""
    api_names = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local")
    at_node = f"IP:{node_address}"
    return [
        Certificate(
            "apiserver", "/CN=kube-apiserver", (*_dns(api_names), at_node, f"IP:{service_address}", *ALWAYS_NAMES)
        ),
        Certificate("etcd", "/CN=etcd", ALWAYS_NAMES),
        Certificate("kubelet", f"/O=system:nodes/CN=system:node:{node}", (f"DNS:{node}", at_node, *ALWAYS_NAMES)),
        Certificate(
            "metrics-server",
            "/O=system:masters/CN=seatrial-metrics-server",
            ("DNS:metrics-server.kube-system.svc", at_node, *ALWAYS_NAMES),
        ),
        Certificate("front-proxy", "/CN=front-proxy-client"),
        Certificate("apiserver-to-kubelet", "/O=system:masters/CN=kube-apiserver-kubelet-client"),
        Certificate("controller-manager", "/CN=system:kube-controller-manager"),
        Certificate("scheduler", "/CN=system:kube-scheduler"),
        Certificate("admin", "/O=system:masters/CN=seatrial-admin"),
    ]


def make_certificates(directory: Path, wanted: Sequence[Certificate]) -> None:
    """The authority, one key and certificate each, and the key that signs service account tokens."""
    openssl = require("openssl", "install the package openssl")
    directory.mkdir(parents=True, mode=0o700)
    settings = directory / "openssl.cnf"
    settings.write_text(openssl_settings(wanted))
    authority = ["-x509", "-days", str(VALID_DAYS), "-extensions", "ca", "-subj", "/CN=seatrial-rehearsal"]
    output_of([*_request(openssl, settings, directory / "ca"), *authority, "-out", str(directory / "ca.crt")])
    for one in wanted:
        _make(openssl, settings, directory, one)
    signing = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    tokens = str(directory / "service-accounts")
    output_of([openssl, "genpkey", *signing, "-out", f"{tokens}.key"])
    output_of([openssl, "pkey", "-in", f"{tokens}.key", "-pubout", "-out", f"{tokens}.pub"])
    for key in directory.glob("*.key"):
        key.chmod(0o600)


def openssl_settings(wanted: Sequence[Certificate]) -> str:
    """One section of extensions per certificate."""
    lines = ["[req]", "distinguished_name=dn", "prompt=no", "[dn]", "[ca]", "basicConstraints=critical,CA:TRUE"]
    lines += ["keyUsage=critical,keyCertSign,cRLSign", "subjectKeyIdentifier=hash"]
    for one in wanted:
        lines += [f"[{one.file}]", "basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature"]
        lines += ["extendedKeyUsage=serverAuth,clientAuth"]
        lines += [f"subjectAltName={','.join(one.names)}"] if one.names else []
    return "\n".join(lines) + "\n"


def kubeconfig(server: str, pki: Path, user: str, contexts: Sequence[str]) -> str:
    """A kubeconfig as JSON (which is YAML): the certificates within, so that the file can be moved; the first
    context is the current one."""
    cluster = {"server": server, "certificate-authority-data": _inline(pki / "ca.crt")}
    who = {
        "client-certificate-data": _inline(pki / f"{user}.crt"),
        "client-key-data": _inline(pki / f"{user}.key"),
    }
    known: Mapping[str, object] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": contexts[0], "cluster": cluster}],
        "users": [{"name": contexts[0], "user": who}],
        "contexts": [{"name": name, "context": {"cluster": contexts[0], "user": contexts[0]}} for name in contexts],
        "current-context": contexts[0],
    }
    return json.dumps(known, indent=1) + "\n"


def _make(openssl: str, settings: Path, directory: Path, one: Certificate) -> None:
    request = directory / f"{one.file}.csr"
    output_of([*_request(openssl, settings, directory / one.file), "-subj", one.subject, "-out", str(request)])
    signed_by = ["-CA", str(directory / "ca.crt"), "-CAkey", str(directory / "ca.key"), "-CAcreateserial"]
    extensions = ["-extfile", str(settings), "-extensions", one.file, "-days", str(VALID_DAYS)]
    result = str(directory / f"{one.file}.crt")
    output_of([openssl, "x509", "-req", "-in", str(request), *signed_by, *extensions, "-out", result])
    request.unlink()


def _request(openssl: str, settings: Path, key: Path) -> list[str]:
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    return [openssl, "req", "-new", "-config", str(settings), *curve, "-keyout", f"{key}.key"]


def _dns(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"DNS:{name}" for name in names)


def _inline(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()
