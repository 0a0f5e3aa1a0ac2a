"""What `up` decided is found again; a cut-off or foreign file is as good as none."""

from pathlib import Path

import pytest

from seatrial.rehearsal.paths import Places
from seatrial.rehearsal.settings import NodeKind, Settings, known, settings_of
from seatrial.rehearsal.troubles import NotUp

DECIDED = Settings(NodeKind.SIMULATED, ("a", "b"), "dev-1", "/cache/node/key", "", "you are not root")


def test_what_was_decided_is_found_again(tmp_path: Path) -> None:
    places = Places("dev", tmp_path)
    places.settings.write_text(DECIDED.to_json())
    assert settings_of(places) == DECIDED
    assert known(places).context == "a"
    assert known(places).kubectl == Path("/cache/node/key/kubectl")


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", '{"kind": "other", "contexts": []}', '{"kind": "real"}'])
def test_a_file_that_is_none_of_ours_is_none(text: str, tmp_path: Path) -> None:
    places = Places("dev", tmp_path)
    places.settings.write_text(text)
    assert settings_of(places) is None
    with pytest.raises(NotUp, match="seatrial cluster up --name dev"):
        known(places)
