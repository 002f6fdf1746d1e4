"""Files that a run is to write, looked at before the work begins."""

from __future__ import annotations

import os

import pytest

from geo.errors import BadInput
from geo.pipeline.outputs import require_outputs


def test_outputs_that_cannot_be_are_refused_before_the_work(tmp_path):
    """A missing folder, a folder or a pipe for a file, an input, and one name for two files."""
    ends, pipe = tmp_path / "s.tif", tmp_path / "pipe"
    os.mkfifo(pipe)
    for outputs, inputs in (
        ((tmp_path / "no" / "s.tif",), ()),
        ((tmp_path,), ()),
        ((pipe,), ()),
        ((ends, ends), ()),
        ((None, tmp_path / "x" / ".." / "s.tif"), (ends,)),
    ):
        with pytest.raises(BadInput, match=r"cannot be written|take the place"):
            require_outputs(outputs, inputs=inputs)
    require_outputs((ends, None, tmp_path / "m.tif"), inputs=(tmp_path / "a.tif",))
