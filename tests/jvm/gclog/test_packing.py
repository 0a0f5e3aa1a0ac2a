"""Compressed logs: whole, in pieces, several members, torn."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.jvm.gclog import unpacked

TEXT = b"[0.008s][info][gc] Using G1\n" * 20_000


def in_pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_a_compressed_log_comes_out_as_it_was(size: int) -> None:
    assert b"".join(unpacked(in_pieces(gzip.compress(TEXT), size))) == TEXT


def test_members_in_a_row_with_padding_behind_them() -> None:
    packed = gzip.compress(TEXT) + gzip.compress(b"more\n") + b"\0" * 100
    assert b"".join(unpacked([packed])) == TEXT + b"more\n"


def test_pieces_stay_small() -> None:
    assert max(len(piece) for piece in unpacked([gzip.compress(b"\0" * 10_000_000)])) <= 1 << 18


def test_a_torn_end_gives_what_came_before_it() -> None:
    torn = b"".join(unpacked([gzip.compress(TEXT)[:-20]]))
    assert TEXT.startswith(torn)
    assert torn


def test_what_is_broken_ends_there() -> None:
    assert b"".join(unpacked([gzip.compress(b"one\n") + b"\x1f\x8bnonsense"])) == b"one\n"


@given(st.lists(st.binary(max_size=50)))
def test_anything_else_passes_through(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    if not data.startswith(b"\x1f\x8b"):
        assert b"".join(unpacked(pieces)) == data
