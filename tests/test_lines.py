"""Lines one by one are the lines of the whole file, wherever its blocks end."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weaklabel.errors import FormatError
from weaklabel.ground import lines
from weaklabel.ground.lines import each_line, read_lines


@given(
    text=st.text(st.sampled_from("ab\u2028\x0c\r\n\ufeffé😀"), max_size=40),
    block=st.integers(1, 20),
)
def test_each_line_is_a_line_of_the_file(text, block, tmp_path_factory):
    path = tmp_path_factory.mktemp("lines") / "x"
    path.write_bytes(text.encode())
    with patch.object(lines, "_BLOCK_BYTES", block):
        assert list(each_line(path)) == read_lines(path)


@given(before=st.integers(0, 30), block=st.integers(1, 20))
def test_a_broken_byte_is_found_at_its_place_in_the_file(before, block, tmp_path_factory):
    path = tmp_path_factory.mktemp("lines") / "x"
    path.write_bytes(b"line\n" * before + b"na\xefve\nmore\n")
    with (
        patch.object(lines, "_BLOCK_BYTES", block),
        pytest.raises(FormatError, match=rf"x:{before + 1}: byte 0xef \(byte 3 of the line"),
    ):
        list(each_line(path))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FormatError, match="no such file or folder"):
        list(each_line(tmp_path / "x"))
    with pytest.raises(FormatError, match="cannot be read: Is a directory"):
        list(each_line(tmp_path))
