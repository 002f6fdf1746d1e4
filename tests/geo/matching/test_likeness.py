"""Pictures that look alike, by their hashes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imagehash import phash
from PIL import Image, ImageEnhance, ImageOps

from geo.errors import BadInput
from geo.matching.likeness import MOST_BITS, alike, difference, telling
from tests.case_records import picture

HASHES = st.integers(0, 2**64 - 1).map("{:016x}".format)
HALF = "0123456789abcdef"
"""32 ones and 32 zeros."""


def flipped(likeness: str, bits: int) -> str:
    """The hash with its first bits turned round."""
    return f"{int(likeness, 16) ^ (2**bits - 1):016x}"


@given(HASHES, HASHES)
def test_a_difference_is_that_of_the_bits(first: str, second: str):
    """As counted one by one, and the same from both sides."""
    counted = sum(a != b for a, b in zip(f"{int(first, 16):064b}", f"{int(second, 16):064b}",
                                         strict=True))  # fmt: skip
    assert difference(first, second) == difference(second, first) == counted


def test_the_limit_is_the_last_that_counts():
    """Ten bits are alike, eleven are not; the nearest comes first."""
    listed = [flipped(HALF, MOST_BITS + 1), flipped(HALF, MOST_BITS), HALF]
    found = [(pair.first, pair.second, pair.bits) for pair in alike([HALF], listed)]
    assert found == [(0, 2, 0), (0, 1, MOST_BITS)]


def test_pictures_without_contents_are_like_nothing():
    """A blank page and an empty hash do not match their likes."""
    blank = str(phash(Image.new("L", (200, 100), 255)))
    assert not telling(blank)
    assert not telling("")
    assert telling(HALF)
    assert alike([blank, "", HALF], [blank, "", "f" * 16]) == []


@pytest.mark.parametrize("likeness", ["xyz", "0" * 15, "0" * 17, "ABCDEF0123456789", " " * 16])
def test_what_is_no_hash_is_refused(likeness: str):
    """With the value and the form that is expected."""
    with pytest.raises(BadInput, match="no perceptual hash; expected 16 hexadecimal digits"):
        alike([HALF], [likeness])


def test_a_copy_of_a_picture_is_found_and_another_picture_is_not(tmp_path):
    """Scaled, compressed, lighter, cut at the edge or mirrored: the same; other pictures: not."""
    originals = [Image.open(picture(tmp_path / f"{n}.png", seed=n)) for n in range(30)]
    small = tmp_path / "small.jpg"
    originals[0].resize((300, 200)).save(small, quality=30)
    copies = {
        "scaled and compressed": Image.open(small),
        "lighter": ImageEnhance.Brightness(originals[0]).enhance(1.3),
        "grey": originals[0].convert("L"),
        "cut": originals[0].crop((9, 6, 891, 594)),
        "mirrored": ImageOps.mirror(originals[0]),
    }
    listed = [str(phash(one)) for one in originals]
    for name, copy in copies.items():
        found = alike([str(phash(copy))], listed)
        assert [pair.second for pair in found] == [0], name
        assert found[0].mirrored is (name == "mirrored")


def test_many_hashes_are_compared_in_parts():
    """A thousand against a thousand: each finds its own and nothing else, as one by one."""
    draw = np.random.default_rng(7)
    kept: list[str] = []
    while len(kept) < 1_000:
        one = f"{int.from_bytes(draw.bytes(8)):016x}"
        kept += [one] if telling(one) else []
    found = alike(kept, kept, most=0)
    assert [(pair.first, pair.second) for pair in found] == [(n, n) for n in range(1_000)]
