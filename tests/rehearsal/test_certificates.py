"""Certificates bear the names under which they are called, and a kubeconfig may know one cluster by two names."""

import json
import shutil
from pathlib import Path

import pytest

from seatrial.rehearsal.certificates import certificates, kubeconfig, make_certificates, openssl_settings
from seatrial.rehearsal.programs import output_of

WANTED = certificates("dev-1", "198.18.0.2", "198.19.0.1")


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("certificates") / "pki"
    make_certificates(directory, WANTED)
    return directory


def test_metrics_server_is_called_by_the_name_of_its_service(pki: Path) -> None:
    openssl = shutil.which("openssl") or ""
    text = output_of([openssl, "x509", "-in", str(pki / "metrics-server.crt"), "-noout", "-ext", "subjectAltName"])
    assert "DNS:metrics-server.kube-system.svc" in text


@pytest.mark.parametrize("name", [one.file for one in WANTED])
def test_every_certificate_is_signed_by_the_clusters_own_authority(name: str, pki: Path) -> None:
    openssl = shutil.which("openssl") or ""
    said = output_of([openssl, "verify", "-CAfile", str(pki / "ca.crt"), str(pki / f"{name}.crt")])
    assert said.strip().endswith("OK")


def test_keys_are_for_their_owner_alone(pki: Path) -> None:
    assert pki.stat().st_mode & 0o777 == 0o700
    assert {key.stat().st_mode & 0o777 for key in pki.glob("*.key")} == {0o600}


def test_no_two_certificates_share_a_section() -> None:
    sections = [line for line in openssl_settings(WANTED).splitlines() if line.startswith("[")]
    assert len(sections) == len(set(sections))


def test_two_names_for_one_cluster_the_first_is_current(pki: Path) -> None:
    told = json.loads(kubeconfig("https://127.0.0.1:1", pki, "admin", ["seatrial-dev", "forex-prod"]))
    assert told["current-context"] == "seatrial-dev"
    assert [one["name"] for one in told["contexts"]] == ["seatrial-dev", "forex-prod"]
    assert {one["context"]["cluster"] for one in told["contexts"]} == {told["clusters"][0]["name"]}
