"""Lines as the program wrote them."""

import pytest

from seatrial.jvm.plainlines import plain


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("Started in 3 s\n", "Started in 3 s"),
        ("Started in 3 s\r\n", "Started in 3 s"),
        ("cut off\0\0\0", "cut off"),
        ("2025-12-23T05:49:51.123456789Z Started", "Started"),
        ("2025-12-23T13:49:51+08:00 Started", "Started"),
        ("2025-12-23T05:49:51.123456789Z stderr F Started", "Started"),
        ("[pod/exchange-service-7d4/app] Started", "Started"),
        ("[pod/exchange-service-7d4/app] 2025-12-23T05:49:51Z Started", "Started"),
        ("2025-12-23T05:49:51Z \x1b[1;31mERROR\x1b[0m bad", "ERROR bad"),
        ("\x1b]0;title\x07text\x1b]8;;http://a\x1b\\link", "textlink"),
        ("\x1b]never ends", ""),
        (
            "2025-12-23 05:49:51 INFO the program's own time stays",
            "2025-12-23 05:49:51 INFO the program's own time stays",
        ),
        ("[0.001s][error] so do its brackets", "[0.001s][error] so do its brackets"),
        ("  indented", "  indented"),
        ("", ""),
    ],
)
def test_what_was_wrapped_around_is_gone(line: str, text: str) -> None:
    assert plain(line) == text
