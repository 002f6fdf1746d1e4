"""Change between two dates: what is found, what is not, and what makes no difference."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import ndimage
from scipy.stats import rankdata

from geo.change import METHOD, Detection, Parameters, detect
from geo.change.pair.detect import METHOD_FAST
from geo.errors import BandMismatch, GridMismatch, InvalidSetting, NoValidPixels
from geo.grid import Raster
from geo.sources.rasters.raster import read_raster

SQUARE = np.s_[60:80, 100:120]
FEW = settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])


def same(one: Detection, other: Detection) -> None:
    """Both say the same of every cell."""
    np.testing.assert_array_equal(one.mask, other.mask)
    np.testing.assert_array_equal(one.score, other.score)


class TestWhatIsFound:
    """A planted square, 400 cells of 28 800."""

    def test_a_brightened_square_is_found_where_it_is(self, before, dug) -> None:
        """Most of it is flagged, hardly anything else is."""
        mask = detect(before, dug).mask == 1
        assert mask[SQUARE].mean() > 0.85
        assert mask.sum() - mask[SQUARE].sum() < 0.25 * 400

    def test_its_share_is_estimated_without_labels(self, before, dug) -> None:
        """1.4 % changed; with the rim that smoothing adds the estimate is of that order."""
        assert 0.007 < detect(before, dug).findings["changed_share"] < 0.04

    def test_its_brightness_is_told(self, before, dug) -> None:
        """60 % brighter, measured against the scene."""
        assert np.median(detect(before, dug).brightness_change[SQUARE]) == pytest.approx(
            0.6, abs=0.05
        )

    def test_a_darkened_square_is_found_as_well(self, before, dug) -> None:
        """Dates exchanged, the same square stands out."""
        mask = detect(dug, before).mask == 1
        assert mask[SQUARE].mean() > 0.85

    def test_it_is_found_after_a_shift_and_a_gain(self, before, dug, replaced) -> None:
        """The later picture lies two thirds of a cell away, is brighter and hazier."""
        moved = np.stack([ndimage.shift(b, (0.4, -0.65), mode="nearest") for b in dug.values])
        found = detect(before, replaced(dug, moved * 1.1 + 300))
        assert found.mask[SQUARE][found.mask[SQUARE] != 255].mean() > 0.85
        rows, cols = found.findings["shift"]["rowcol_px"]
        assert (rows, cols) == pytest.approx((-0.4, 0.65), abs=0.1)

    @pytest.mark.parametrize(
        "bands", [("B1",), ("B1", "B2"), ("B1", "B2", "B3", "B4"), ("blue", "green", "red")]
    )
    def test_it_is_found_with_few_and_with_unnamed_bands(
        self, make_picture, replaced, bands
    ) -> None:
        """One band is enough, and names are not needed."""
        before, after = (make_picture(bands=bands, noise_seed=seed) for seed in (0, 1))
        values = after.values.copy()
        values[:, SQUARE[0], SQUARE[1]] *= 1.6
        mask = detect(before, replaced(after, values)).mask == 1
        assert mask[SQUARE].mean() > 0.7
        assert mask.sum() - mask[SQUARE].sum() < 0.5 * 400

    def test_it_is_found_in_decibels(self, before, dug, replaced) -> None:
        """Values below 0 are compared as they are; a ratio of them would mean nothing."""
        first, second = (replaced(r, 10 * np.log10(r.values / 1e4)) for r in (before, dug))
        found = detect(first, second)
        assert (found.mask[SQUARE] == 1).mean() > 0.85
        assert np.isnan(found.brightness_change).all()


class TestNothingChanged:
    """Pairs without change."""

    def test_an_identical_pair_is_empty(self, before) -> None:
        """And the findings say why."""
        found = detect(before, before)
        assert not (found.mask == 1).any()
        assert "do not agree" in found.findings["nothing_flagged_because"]
        assert found.findings["threshold"] is None

    def test_noise_a_gain_and_an_offset_are_no_change(self, before, after, replaced) -> None:
        """Whatever the sun and the sensor did to a whole band."""
        gains = np.array([0.8, 0.9, 1.0, 1.1, 1.3])[:, None, None]
        assert not (detect(before, replaced(after, after.values * gains + 200)).mask == 1).any()

    @pytest.mark.parametrize("shift", [(0.25, 0.2), (-0.5, 0.5), (1.3, -0.6)])
    def test_a_shift_is_no_change(self, before, after, replaced, shift) -> None:
        """Edges that lie beside each other are laid onto each other first."""
        moved = np.stack([ndimage.shift(band, shift, mode="nearest") for band in after.values])
        assert (detect(before, replaced(after, moved)).mask == 1).mean() < 0.002

    def test_a_flat_pair_is_empty(self, before, replaced) -> None:
        """Two pictures without any texture divide nothing by zero."""
        flat = replaced(before, np.full(before.values.shape, 500))
        found = detect(flat, flat)
        assert not (found.mask == 1).any()
        assert np.isfinite(found.score).all()

    def test_one_glaring_change_in_a_quiet_scene_is_found(self, make_picture, replaced) -> None:
        """A thousandth of the cells is no share; that two maps agree on it is no chance."""
        before = make_picture(400, 400)
        values = make_picture(400, 400, noise_seed=7).values.copy()
        values[:, 200:208, 90:98] *= 1.6
        found = detect(before, replaced(before, values), parameters=Parameters(min_share=0.02))
        assert found.findings["threshold"] is None
        assert found.findings["cells_beyond_chance"] > 64
        assert (found.mask[200:208, 90:98] == 1).mean() > 0.4
        assert found.mask.sum() == found.mask[195:213, 85:103].sum()

    def test_a_change_of_less_than_5_per_cent_is_not_flagged(self, before, after, replaced) -> None:
        """Even where every detector sees it."""
        values = after.values.copy()
        values[:, SQUARE[0], SQUARE[1]] *= 1.03
        assert not (detect(before, replaced(after, values)).mask == 1).any()

    def test_a_change_smaller_than_the_mapping_unit_is_not_flagged(self, before, dug) -> None:
        """400 cells are fewer than 1000."""
        found = detect(before, dug, parameters=Parameters(min_cells=1000))
        assert not (found.mask == 1).any()
        assert (
            found.findings["nothing_flagged_because"] == "no change is both strong and large enough"
        )

    def test_what_grew_green_is_not_flagged(self, before, dug, replaced) -> None:
        """A field that darkens in the visible and shines in the near infrared was not dug."""
        values = dug.values.copy()
        values[:3, SQUARE[0], SQUARE[1]] *= 0.3
        values[3, SQUARE[0], SQUARE[1]] *= 1.5
        found = detect(before, replaced(dug, values))
        assert not (found.mask[SQUARE] == 1).any()
        assert found.findings["green_share"] == pytest.approx(400 / 28_800, rel=0.2)


class TestNoData:
    """Cells that were not seen."""

    @pytest.mark.parametrize("no_data", [np.nan, np.inf, 1e20, -3.4e38])
    def test_nodata_on_either_date_stays_nodata(self, before, dug, replaced, no_data) -> None:
        """In one band of one date it is enough; what no sensor measures is no data either."""
        first, second = before.values.copy(), dug.values.copy()
        first[0, :10, :10] = no_data
        second[4, -5:, :] = np.nan
        found = detect(replaced(before, first), replaced(dug, second))
        gap = np.zeros(found.mask.shape, dtype=bool)
        gap[:10, :10] = gap[-5:] = True
        np.testing.assert_array_equal(found.mask == 255, gap)
        np.testing.assert_array_equal(np.isnan(found.score), gap)
        np.testing.assert_array_equal(np.isnan(found.brightness_change), gap)
        assert (found.mask[SQUARE] == 1).mean() > 0.85

    def test_a_gap_makes_no_change_around_it(self, before, after, replaced) -> None:
        """The edge of a gap is no edge of the ground."""
        values = after.values.copy()
        values[:, 40:90, 30:90] = np.nan
        assert not (detect(before, replaced(after, values)).mask == 1).any()

    def test_clouds_that_a_scene_class_names_are_left_out(self, before, after, replaced) -> None:
        """With a margin of two cells; without the band a cloud that is not white is change."""
        values = after.values.copy()
        values[:, SQUARE[0], SQUARE[1]] *= 3
        cloudy = replaced(after, values)
        assert (detect(before, cloudy).mask[SQUARE] == 1).mean() > 0.8
        codes = np.full((1, *before.grid.shape), 5, np.float32)
        clear = Raster(
            grid=before.grid,
            bands=(*before.bands, "SCL"),
            values=np.concatenate([before.values, codes]),
        )
        cloud = codes.copy()
        cloud[0, 60:80, 100:120] = 9
        named = dataclasses.replace(clear, values=np.concatenate([values, cloud]))
        found = detect(clear, named)
        assert (found.mask[58:82, 98:122] == 255).all()
        assert (found.mask == 255).sum() == 24 * 24
        assert not (found.mask == 1).any()
        assert found.findings["cloud_mask"] == "SCL"

    def test_a_pair_without_a_common_valid_cell_is_refused(self, before, after, replaced) -> None:
        """Half a picture each does not make a pair."""
        first, second = before.values.copy(), after.values.copy()
        first[:, :80] = np.nan
        second[:, 80:] = np.nan
        with pytest.raises(NoValidPixels, match="no cell is valid on both dates"):
            detect(replaced(before, first), replaced(after, second))

    def test_a_single_valid_cell_is_judged_without_fault(self, before, after, replaced) -> None:
        """Nothing is flagged, nothing divides by zero."""
        values = np.full(before.values.shape, np.nan)
        values[:, 3, 4] = 1000
        found = detect(before, replaced(after, values))
        assert np.isfinite(found.score).sum() == 1
        assert not (found.mask == 1).any()

    @FEW
    @given(
        rows=st.integers(1, 48),
        cols=st.integers(1, 48),
        gap=st.floats(0, 0.9),
        seed=st.integers(0, 99),
    )
    def test_mask_and_score_are_valid_together(
        self, make_picture, replaced, *, rows, cols, gap, seed
    ):
        """The score is finite exactly where both dates are valid, and flags lie only there."""
        before, after = (make_picture(rows, cols, noise_seed=seed + i) for i in (0, 1))
        holes = np.random.default_rng(seed).random((rows, cols)) < gap
        holes[rows // 2, cols // 2] = False
        values = np.where(holes, np.nan, after.values)
        found = detect(
            before, replaced(after, values), parameters=Parameters(max_shift_px=0, min_cells=1)
        )
        np.testing.assert_array_equal(np.isfinite(found.score), ~holes)
        np.testing.assert_array_equal(found.mask == 255, holes)
        assert set(np.unique(found.mask)) <= {0, 1, 255}
        assert (found.score.dtype, found.mask.dtype) == (np.float32, np.uint8)
        assert (
            0
            <= found.findings["flagged_share"]
            <= found.findings["changed_share"] + 1 / (rows * cols)
        )


class TestWhatMakesNoDifference:
    """Promises of the docstring."""

    def test_running_again_gives_the_same(self, before, dug) -> None:
        """Bit for bit."""
        same(detect(before, dug), detect(before, dug))

    @FEW
    @given(order=st.permutations(range(5)))
    def test_the_order_of_bands(self, before, dug, order) -> None:
        """Named bands of the later date may come in any order."""
        shuffled = Raster(
            grid=dug.grid,
            bands=tuple(dug.bands[i] for i in order),
            values=dug.values[list(order)],
        )
        same(detect(before, dug), detect(before, shuffled))

    def test_gain_and_offset_of_a_date(self, before, dug, replaced) -> None:
        """A scene in reflectance gives what the scene in whole numbers gave."""
        plain = detect(before, dug)
        scaled = detect(before, replaced(dug, dug.values / 10_000 + 0.05))
        assert rank_correlation(plain.score, scaled.score) > 0.999
        assert (plain.mask != scaled.mask).mean() < 0.002

    def test_the_dates_exchanged(self, before, dug) -> None:
        """Ranks agree, since only the scale of brightness is taken from the earlier date."""
        there, back = detect(before, dug), detect(dug, before)
        assert rank_correlation(there.score, back.score) > 0.97

    def test_the_inputs_are_not_changed(self, before, dug) -> None:
        """Arrays are read, never written."""
        copies = before.values.copy(), dug.values.copy()
        detect(before, dug)
        np.testing.assert_array_equal(before.values, copies[0])
        np.testing.assert_array_equal(dug.values, copies[1])


def rank_correlation(one, other) -> float:
    """Spearman's rho over the cells that are valid in both."""
    valid = np.isfinite(one) & np.isfinite(other)
    return float(np.corrcoef(rankdata(one[valid]), rankdata(other[valid]))[0, 1])


class TestWhatIsRefused:
    """Pairs that do not fit, and settings that make no sense."""

    def test_other_grids(self, before, make_picture) -> None:
        """Both sizes stand in the message."""
        with pytest.raises(GridMismatch, match=r"\(50 x 60 cells\) than the earlier \(160 x 180"):
            detect(before, make_picture(50, 60))

    def test_other_band_counts(self, before) -> None:
        """Both counts stand in the message."""
        fewer = Raster(grid=before.grid, bands=before.bands[:4], values=before.values[:4])
        with pytest.raises(BandMismatch, match=r"has the 5 bands B02, .* the other the 4 bands"):
            detect(before, fewer)

    def test_other_bands(self, before) -> None:
        """The same count is not enough."""
        other = Raster(grid=before.grid, bands=("a", "b", "c", "d", "e"), values=before.values)
        with pytest.raises(BandMismatch, match="a, b, c, d, e"):
            detect(before, other)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("max_shift_px", -1),
            ("max_shift_px", float("nan")),
            ("smoothing_px", 0),
            ("min_cells", 0),
            ("min_share", 1.1),
            ("min_brightness_change", -0.1),
            ("max_greenness", 2),
        ],
    )
    def test_settings(self, name, value) -> None:
        """The message says which, and what it may be."""
        with pytest.raises(InvalidSetting, match=f"{name} is {value}; expected"):
            Parameters(**{name: value})


class TestWhatIsTold:
    """Progress and findings."""

    def test_progress_runs_from_0_to_1(self, before, dug) -> None:
        """In steps that never go back, each with words."""
        told: list[tuple[float, str]] = []
        detect(before, dug, progress=lambda share, words: told.append((share, words)))
        shares = [share for share, _ in told]
        assert shares == sorted(shares)
        assert (shares[0], shares[-1]) == (0, 1)
        assert all(words for _, words in told)

    def test_findings_are_plain_and_complete(self, before, dug) -> None:
        """They go into provenance as JSON."""
        findings = detect(before, dug).findings
        assert json.loads(json.dumps(findings)) == findings
        assert findings["bright_bands"] == ["B02", "B03", "B04"]
        assert findings["other_bands"] == ["B08", "B11"]
        assert str(findings["cloud_mask"]).startswith("guessed")
        assert findings["valid_share"] == 1
        assert findings["nothing_flagged_because"] == ""
        assert "method" not in findings

    def test_a_quick_run_tells_its_own_method(self, before, dug) -> None:
        """What it finds is not what a full one finds."""
        findings = detect(before, dug, parameters=Parameters(fast=True)).findings
        assert findings["method"] == METHOD_FAST != METHOD


@pytest.mark.needs_testdata
def test_real_pairs_reach_the_floor(testdata: Path) -> None:
    """A labelled Sentinel-2 pair (OSCD): AUC at least 0.94, F1 of the mask 0.40."""
    ranks, labels = [], []
    hits = wrong = missed = 0
    for city in (testdata / "change" / "oscd" / name for name in ("rennes",)):
        before = read_raster([city / "t1_10m.tif", city / "t1_20m.tif"])
        after = read_raster([city / "t2_10m.tif", city / "t2_20m.tif"], onto=before.grid)
        changed = read_raster([city / "change.tif"]).values[0] == 1
        found = detect(before, after)
        score = np.where(np.isnan(found.score), -1, found.score)
        ranks.append(rankdata(score) / score.size)
        labels.append(changed.ravel())
        flagged = found.mask == 1
        hits += int((flagged & changed).sum())
        wrong += int((flagged & ~changed).sum())
        missed += int((~flagged & changed).sum())
    rank, label = rankdata(np.concatenate(ranks)), np.concatenate(labels)
    positives = int(label.sum())
    auc = (rank[label].sum() - positives * (positives + 1) / 2) / (
        positives * (label.size - positives)
    )
    assert auc >= 0.94
    assert 2 * hits / (2 * hits + wrong + missed) >= 0.40
