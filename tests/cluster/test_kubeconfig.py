"""Which cluster a kubeconfig means: merged as kubectl merges, and never with TLS off by surprise."""

import base64
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from seatrial.cluster.kubeconfig import Credentials, load
from seatrial.cluster.tls import ca_digest, refuse_plain_http, tls_context
from seatrial.cluster.troubles import ConnectError, InsecureRefused, NoSuchContext

SECRET = "planted-token-4711"


def config(
    context: str = "prod",
    cluster: Mapping[str, object] | None = None,
    user: Mapping[str, object] | None = None,
    current: str = "prod",
    **more: object,
) -> dict[str, object]:
    return {
        "current-context": current,
        "contexts": [{"name": context, "context": {"cluster": "c", "user": "u", **more}}],
        "clusters": [{"name": "c", "cluster": dict(cluster) if cluster else {"server": "https://198.18.0.1:6443"}}],
        "users": [{"name": "u", "user": dict(user) if user is not None else {"token": SECRET}}],
    }


def written(path: Path, content: object) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return str(path)


def loaded(tmp_path: Path, content: object, context: str | None = None, **env: str) -> Credentials:
    return load(written(tmp_path / "config", content), context, env)


def test_the_current_context_is_meant_unless_another_is_named(tmp_path: Path) -> None:
    content = config(namespace="shop")
    contexts = content["contexts"]
    assert isinstance(contexts, list)
    contexts.append({"name": "other", "context": {"cluster": "c", "user": "u"}})
    assert (loaded(tmp_path, content).context, loaded(tmp_path, content).namespace) == ("prod", "shop")
    assert (loaded(tmp_path, content, "other").context, loaded(tmp_path, content, "other").namespace) == (
        "other",
        "default",
    )
    assert loaded(tmp_path, content).token == SECRET


def test_of_several_files_the_first_to_say_something_wins(tmp_path: Path) -> None:
    first = written(tmp_path / "one" / "config", {"contexts": config()["contexts"], "users": config()["users"]})
    second = written(tmp_path / "two" / "config", config(user={"token": "other"}, cluster={"server": "https://two"}))
    missing = str(tmp_path / "missing")
    found = load(None, None, {"KUBECONFIG": f"{first}:{missing}:{second}"})
    assert (found.context, found.server, found.token) == ("prod", "https://two", SECRET)


def test_paths_are_relative_to_the_file_that_they_stand_in(tmp_path: Path) -> None:
    written(tmp_path / "one" / "ca.pem", "THE CA")
    cluster = {"server": "https://x", "certificate-authority": "ca.pem"}
    first = written(tmp_path / "one" / "config", config(cluster=cluster, user={"tokenFile": "token"}))
    found = load(None, None, {"KUBECONFIG": first})
    assert found.ca_pem == "THE CA"
    assert found.token_file == str(tmp_path / "one" / "token")


def test_inline_data_goes_before_a_file(tmp_path: Path) -> None:
    inline = base64.b64encode(b"INLINE").decode()
    cluster = {"server": "https://x", "certificate-authority": "/missing", "certificate-authority-data": inline}
    assert loaded(tmp_path, config(cluster=cluster)).ca_pem == "INLINE"


@pytest.mark.parametrize(
    ("content", "context", "says"),
    [
        (config(), "staging", "No context 'staging'"),
        (config(current=""), None, "No current context"),
        ({"contexts": config()["contexts"], "current-context": "prod"}, None, "names a cluster or user"),
        ("- a list", None, "is no kubeconfig"),
        (f"a: b: {SECRET}", None, ":1:5: not YAML"),
        (
            config(cluster={"server": "https://x", "certificate-authority-data": "?"}),
            None,
            "certificate-authority-data can't be read",
        ),
        (
            config(cluster={"server": "https://x", "certificate-authority": "/missing.pem"}),
            None,
            "/missing.pem can't be read",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_without_secrets(
    tmp_path: Path, content: object, context: str | None, says: str
) -> None:
    with pytest.raises(NoSuchContext) as error:
        loaded(tmp_path, content, context)
    assert says in str(error.value)
    assert SECRET not in str(error.value)


def test_no_kubeconfig_at_all(tmp_path: Path) -> None:
    with pytest.raises(NoSuchContext, match=r"No kubeconfig at .*name one with --kubeconfig"):
        load(str(tmp_path / "missing"), None, {})


def test_a_server_that_would_not_be_checked_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InsecureRefused, match="insecure-skip-tls-verify"):
        loaded(tmp_path, config(cluster={"server": "https://x", "insecure-skip-tls-verify": True}))


@pytest.mark.parametrize(
    ("server", "is_refused"),
    [
        ("https://x", False),
        ("http://127.0.0.1:8001", False),
        ("http://198.18.0.1", True),
        ("ftp://x", True),
        ("", True),
    ],
)
def test_without_tls_only_to_this_machine(tmp_path: Path, server: str, is_refused: bool) -> None:
    found = loaded(tmp_path, config(cluster={"server": server}))
    try:
        refuse_plain_http(found)
        assert not is_refused
    except ConnectError:
        assert is_refused


def test_a_bad_certificate_is_said_without_its_content(tmp_path: Path) -> None:
    bad = base64.b64encode(SECRET.encode()).decode()
    found = loaded(tmp_path, config(cluster={"server": "https://x", "certificate-authority-data": bad}))
    with pytest.raises(NoSuchContext) as error:
        tls_context(found)
    assert SECRET not in str(error.value)


@pytest.mark.parametrize(
    ("cluster", "user", "env", "why"),
    [
        ({}, {"exec": {"command": "aws"}}, {}, "a credential plugin"),
        ({}, {"auth-provider": {"name": "oidc"}}, {}, "an auth provider"),
        ({}, {"username": "a", "password": "b"}, {}, "a password"),
        ({}, {"token": "t", "as": "robot"}, {}, "impersonation"),
        ({"proxy-url": "http://p"}, {}, {}, "a proxy"),
        ({}, {}, {"HTTPS_PROXY": "http://p"}, "a proxy"),
        ({}, {}, {"https_proxy": "http://p", "no_proxy": "a.example, 198.18.0.0/15"}, ""),
        ({}, {}, {"HTTPS_PROXY": "http://p", "NO_PROXY": "*"}, ""),
        ({}, {}, {"HTTP_PROXY": "http://p"}, ""),
        ({"server": "https://api.shop.example"}, {}, {"HTTPS_PROXY": "p", "NO_PROXY": "shop.example"}, ""),
        ({"server": "https://api.shop.example"}, {}, {"HTTPS_PROXY": "p", "NO_PROXY": "op.example"}, "a proxy"),
        ({"server": "https://api.shop.example"}, {}, {"HTTPS_PROXY": "p", "NO_PROXY": "198.18.0.0/99,"}, "a proxy"),
        ({"server": "https://127.0.0.1"}, {}, {"HTTPS_PROXY": "p"}, ""),
    ],
)
def test_what_only_kubectl_can_do_is_left_to_it(
    tmp_path: Path, cluster: dict[str, object], user: dict[str, object], env: dict[str, str], why: str
) -> None:
    whole = {"server": "https://198.18.0.1:6443", **cluster}
    assert loaded(tmp_path, config(cluster=whole, user=user), **env).only_kubectl == why


def test_credentials_do_not_show_what_they_hold(tmp_path: Path) -> None:
    found = loaded(tmp_path, config())
    assert SECRET not in repr(found)
    assert SECRET not in str(found)


def test_a_ca_is_the_same_whatever_its_line_ends() -> None:
    one = Credentials("c", "https://x", ca_pem="-----BEGIN-----\nabc\n-----END-----\n")
    two = Credentials("c", "https://x", ca_pem="-----BEGIN-----\r\nabc\r\n-----END-----")
    assert ca_digest(one) == ca_digest(two)
    assert ca_digest(Credentials("c", "https://x")) == "machine"
