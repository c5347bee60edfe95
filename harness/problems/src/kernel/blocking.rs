use super::LANES;
use super::cache;

/// Where a pass over the measurements for several columns is cut. It changes speed, not bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Blocking {
    /// Rows of A that go forward and back together, a multiple of [`TILE_ROWS`].
    pub(super) rows: usize,
    /// Numbers of a row that go forward together, a multiple of eight.
    pub(super) width: usize,
    /// Whether the next block is fetched while one is worked on.
    pub(super) ahead: bool,
}

/// Rows of a register tile: blocks are multiples of it.
pub(super) const TILE_ROWS: usize = 6;
/// Most rows in a block: beyond it nothing is gained, and their pages no longer fit the nearest table of addresses.
const MOST_ROWS: usize = 48;
/// Fewest rows in a block that are worth a pass over X and G.
const FEWEST_ROWS: usize = 12;
/// Rows in a block where X and G do not fit the second-level cache anyway.
const FAR_ROWS: usize = 24;
/// Bytes of the nearest cache given to the columns of X in the forward pass.
const NEAR: usize = 28 << 10;

impl Blocking {
    /// For `columns` columns against `m` rows of `length` numbers.
    pub(crate) fn new(m: usize, length: usize, columns: usize) -> Self {
        let near = (NEAR / (8 * columns.max(1))).max(8 * LANES);
        let pieces = length.div_ceil(near).max(1);
        let width = length.div_ceil(pieces).next_multiple_of(LANES);
        // X, G, this block and the next stay in the second-level cache, if that leaves room for a block worth the name.
        // A third is left to whatever else is there and to lines that compete for the same places.
        let second_level = cache::second_level();
        let row = 8 * length.max(1);
        let fitting = (second_level / 16 * 11).saturating_sub(2 * columns * row) / (2 * row);
        let rows = if fitting < FEWEST_ROWS { FAR_ROWS } else { fitting.min(MOST_ROWS) };
        // Few columns take the processor's own prefetching to its limits already.
        let ahead = columns > 4 && m * row > second_level / 2;
        Blocking { rows: rows / TILE_ROWS * TILE_ROWS, width, ahead }
    }

    /// Numbers that a pass needs for partial sums.
    pub(crate) fn partial_sums(&self, columns: usize) -> usize {
        self.rows * columns * LANES
    }
}
