"""No secret leaves, in whatever coding, and what is no secret stays readable."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.change.manifests import coded, deployment, live, secret

from seatrial.change.lastapplied import LAST_APPLIED
from seatrial.change.masking import SHORTEST, masked_text, redactor
from seatrial.change.objects import at
from seatrial.change.secrecy import MASK, masked, shown_secret, shown_text
from seatrial.model.writes import Body

KEY = b"k" * 32
TOKEN = "feed-3c1d7e52a9"
FLAGS = "-Xms3072m -Xmx4096m -XX:+UseG1GC -XX:HeapDumpPath=/forex/log/ -Xloggc:/forex/log/gc.log -Dserver.port=10320"

# Letters that no mask, keyed digest or test text has, so that a hit is a leak.
SECRETS = st.text(st.characters(codec="utf-8", categories=["Lu", "Nd", "Po", "Sm"]), min_size=SHORTEST, max_size=80)


def shown(value: str) -> str:
    """A Secret's value as it is shown."""
    return str(at(masked(secret(A=value), KEY), "data", "A"))


def test_a_value_is_hidden_and_its_change_is_seen() -> None:
    """Six letters that differ, and differ in every run."""
    assert shown(TOKEN).startswith("*** (")
    assert shown(TOKEN) == shown(TOKEN)
    assert shown(TOKEN) != shown(TOKEN + "x")
    assert shown(TOKEN) != at(masked(secret(A=TOKEN), b"other"), "data", "A")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (FLAGS, FLAGS),
        ("-Xmx4g -Ddb.password=hunter22", "-Xmx4g -Ddb.password=***"),
        ("-Xmx4g -Dfeed.pin=44556677", "-Xmx4g -Dfeed.pin=***"),
        ("-Dspring.profiles.active=prod -Dfast=true", "-Dspring.profiles.active=prod -Dfast=true"),
        ("-Xmx4g -DxYz98765 -XyZ98765", "-Xmx4g *** ***"),
        ("-javaagent:/a.jar=key=x1y2z3", "-javaagent:***"),
        ('-XX:OnOutOfMemoryError="curl -H token"', "-XX:OnOutOfMemoryError=***"),
        ("hunter22 -Xmx4g", "***"),
        ("-p hunter22", "***"),
        ("", ""),
    ],
)
def test_jvm_options_are_shown_without_their_passwords(value: str, text: str) -> None:
    """They lie in a Secret, and are what the change is about."""
    assert shown_secret(value).text == text


def test_kubectls_record_is_never_shown() -> None:
    """It holds the Secret in clear base64."""
    body = masked(live(secret(A=TOKEN)), KEY)

    assert str(at(body, "metadata", "annotations", LAST_APPLIED)).startswith("*** (")
    assert coded(TOKEN) not in json.dumps(body)


def test_passwords_are_known_by_their_name_and_place() -> None:
    """Environment, arguments, URLs, ConfigMaps; a reference to a Secret is no secret."""
    workload = deployment(
        args=["--token=zzzz9999", "--password", "abcdefgh", "--zone", "Asia/Taipei"],
        env=[
            {"name": "DB_PASSWORD", "value": "qwertz12"},
            {"name": "JDBC", "value": "jdbc:postgresql://rates:pw@1234@db/rates"},
            {"name": "API_KEY", "valueFrom": {"secretKeyRef": {"name": "rates-env", "key": "API_KEY"}}},
            {"name": "KEYBOARD", "value": "qwerty"},
        ],
    )
    config: Body = {
        "kind": "ConfigMap",
        "data": {"smtp.password": "tttt5555", "app": "token=uuuu6666\nzone=Asia/Taipei"},
    }

    text = json.dumps([masked(workload, KEY), masked(config, KEY)])

    for hidden in ("zzzz9999", "abcdefgh", "qwertz12", "pw@1234", "tttt5555", "uuuu6666"):
        assert hidden not in text
    for kept in ("Asia/Taipei", '"key": "API_KEY"', '"qwerty"', "jdbc:postgresql://rates:***@db/rates"):
        assert kept in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('volume "secret" : secret "x" not found', 'volume "secret" : secret "x" not found'),
        (
            "couldn't find key ARGS1 in Secret forex-prod/rates-env",
            "couldn't find key ARGS1 in Secret forex-prod/rates-env",
        ),
        ("Authorization: Bearer abcdefgh12345", "Authorization: Bearer ***"),
        ('{"password": "abc", "user": "u"}', '{"password": "***", "user": "u"}'),
        ("https://u:p@h/x?token=abc&y=1", "https://u:***@h/x?token=***&y=1"),
    ],
)
def test_any_text_loses_its_passwords_and_stays_readable(text: str, expected: str) -> None:
    """Kubernetes speaks of secrets all the time."""
    assert shown_text(text).text == expected


def codings(value: str) -> list[str]:
    """How a value may stand in a log, a page or an object."""
    raw = value.encode()
    coded = [base64.b64encode(raw), base64.b64encode(raw + b"\n"), base64.urlsafe_b64encode(raw)]
    plain = [value, quote(value), quote_plus(value), html.escape(value), json.dumps(value)[1:-1]]
    return plain + [one.decode().rstrip("=") for one in coded]


@given(SECRETS, st.sampled_from(["in a line: {} .", "<b>{}</b>", '"{}"', "a={};", "{}"]))
def test_no_value_of_a_secret_leaves_in_any_coding(value: str, frame: str) -> None:
    """Surrounding blanks apart, which no reader keeps."""
    assume(len(value.strip()) >= SHORTEST and not shown_secret(value).text.startswith("-"))
    sieve = redactor([secret(A=value)], KEY)

    for coding in codings(value.strip()):
        assert coding.strip() not in sieve.text(frame.format(coding))


@given(SECRETS)
def test_no_value_of_a_secret_stands_in_a_shown_object(value: str) -> None:
    """Neither in the Secret, nor where somebody copied it to."""
    assume(len(value.strip()) >= SHORTEST and not shown_secret(value).text.startswith("-"))
    bodies = [live(secret(A=value)), deployment(env=[{"name": "X", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}])]
    copied = deployment(env=[{"name": "COPY", "value": f"see {value.strip()} there"}])
    sieve = redactor(bodies, KEY)

    text = json.dumps([sieve.body(bodies[0]), sieve.body(copied)], ensure_ascii=False)

    assert value.strip() not in text
    assert base64.b64encode(value.encode()).decode() not in text


def test_lines_and_passwords_inside_of_a_value_are_hidden_by_themselves() -> None:
    """A certificate's lines, a property's value, the password of a URL."""
    value = "-----BEGIN KEY-----\nMIIabcdefgh\nMIIijklmnop\n-----END KEY-----"
    sieve = redactor([secret(PEM=value, PROPS="db.password=s3cr3tly\nzone=x", URL="amqp://u:rabbits7@h")], KEY)

    assert sieve.text("it says MIIijklmnop; s3cr3tly, rabbits7") == "it says ***; ***, ***"


def test_a_long_value_is_hidden_to_its_end() -> None:
    """A key store of a megabyte is not looked for letter by letter."""
    value = "".join(chr(65 + index % 26) * (1 + index % 7) for index in range(3000))
    sieve = redactor([secret(STORE=value)], KEY)

    assert sieve.text(f"before {value}\nafter") == "before ***\nafter"


def test_what_is_no_secret_stays_readable() -> None:
    """JVM flags, short values, words that the manifests say in clear, and words that merely contain a short secret."""
    sieve = redactor([secret(ARGS1=FLAGS, N="5", PROFILE="forex-prod", PIN="hunter2"), deployment()], KEY)
    text = f"{FLAGS} in forex-prod, 5 pods, hunter22"

    assert sieve.text(text) == text


def test_secrets_by_name_are_taken_out_of_logs_too() -> None:
    """An environment entry with a telling name is as secret as a Secret."""
    sieve = redactor([deployment(env=[{"name": "DB_PASSWORD", "value": "qwertz12"}])], KEY)

    assert sieve.text("login failed for qwertz12") == f"login failed for {MASK}"


def test_a_text_is_masked_with_given_secrets() -> None:
    """Without any object."""
    assert masked_text("abcdef and YWJjZGVm", ["abcdef"]) == "*** and ***"
    assert masked_text("nothing", []) == "nothing"
