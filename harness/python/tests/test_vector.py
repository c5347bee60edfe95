"""Vectors that know their factors, and NumPy's arrays otherwise."""

import copy
import pickle

import numpy as np
import pytest

import flatbench as fb

BLOCKS = [("L", 2, 2), ("R", 1, 3)]


@pytest.fixture
def w():
    return fb.Vector(np.arange(7.0), BLOCKS)


def test_blocks_are_views_in_order(w):
    assert list(w.blocks) == ["L", "R"] and len(w.blocks) == 2
    np.testing.assert_array_equal(w.blocks["L"], [[0, 1], [2, 3]])
    np.testing.assert_array_equal(w.blocks[1], [[4, 5, 6]])
    w.blocks["L"][0, 1] = 9
    assert w[1] == 9 and type(w.blocks["L"]) is np.ndarray


def test_blocks_can_be_set_and_changed_in_place(w):
    w.blocks["L"] -= 1
    w.blocks["R"] = [[7, 8, 9]]
    np.testing.assert_array_equal(w, [-1, 0, 1, 2, 7, 8, 9])
    with pytest.raises(fb.PluginError, match=r"the factor 'R' has shape \(1, 3\), and cannot be set to an array of shape \(3, 1\)"):
        w.blocks["R"] = np.zeros((3, 1))


@pytest.mark.parametrize(
    "made",
    [
        lambda w: w + 1,
        lambda w: 2 * w,
        lambda w: -w,
        np.sqrt,
        np.zeros_like,
        np.copy,
        copy.copy,
        copy.deepcopy,
        lambda w: w.copy(),
        lambda w: pickle.loads(pickle.dumps(w)),
        lambda w: np.where(True, w, w) + w,
        lambda w: w @ np.eye(7) + w,
    ],
    ids=range(12),
)
def test_arithmetic_and_copies_keep_the_factors(w, made):
    found = made(w)
    if found is made(w) or type(found) is np.ndarray:
        # np.copy makes a plain array by default.
        assert made is np.copy
        return
    assert isinstance(found, fb.Vector) and list(found.blocks) == ["L", "R"]
    assert not np.shares_memory(found, w)


def test_arithmetic_in_place_stays_in_place(w):
    same = w
    w -= 1
    w *= 2
    assert w is same and isinstance(w, fb.Vector)


def test_what_is_no_vector_is_a_plain_number_or_array(w):
    assert isinstance(w.sum(), float) and isinstance(w @ w, float) and isinstance(w.mean(), float)
    assert type(w > 0) is np.ndarray and type(np.outer(w, w)) is np.ndarray
    assert type(w.astype(np.float32) + np.float32(1)) is np.ndarray


@pytest.mark.parametrize("piece", [lambda w: w[1:], lambda w: w[::-1], lambda w: w.reshape(1, 7), lambda w: w[[0, 1]]])
def test_a_piece_has_no_factors(w, piece):
    with pytest.raises(fb.PluginError, match="has no factors: it is a piece of a vector"):
        piece(w).blocks


def test_a_factor_that_there_is_not(w):
    for key in ("W1", 2, -1):
        with pytest.raises(fb.PluginError, match=r"there is no factor .* \(this problem has L 2×2, R 1×3\)"):
            w.blocks[key]
    assert "W1" not in w.blocks and w.blocks.get("W1") is None


def test_values_are_those_of_the_factors():
    with pytest.raises(fb.PluginError, match=r"has shape \(7,\), not \(2, 3\) \(flatten it\)"):
        fb.Vector(np.zeros((2, 3)), BLOCKS)
    with pytest.raises(fb.PluginError, match="has real numbers, not entries of dtype complex128"):
        fb.Vector(np.zeros(7, dtype=complex), BLOCKS)
    assert fb.Vector(range(7), BLOCKS).dtype == np.float64
    given = np.zeros(7)
    assert np.shares_memory(fb.Vector(given, BLOCKS), given)


def test_writing_into_a_view_that_is_to_be_read_says_so(w):
    w.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        w -= 1


def test_norm_is_that_of_all_entries(w):
    assert fb.norm(w) == pytest.approx(np.linalg.norm(np.arange(7.0)))
    assert fb.norm(w.blocks["L"]) == pytest.approx(np.sqrt(14)) and isinstance(fb.norm([3, 4]), float)
