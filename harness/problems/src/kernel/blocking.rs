use super::LANES;
use super::cache;

/// Where a pass over the measurements for several columns is cut. It changes speed, not bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Blocking {
    /// Rows of A that go forward and back together, a multiple of [`TILE_ROWS`].
    pub(super) rows: usize,
    /// Numbers of a row that go forward together, a multiple of eight.
    pub(super) width: usize,
}

/// Rows that every register tile divides: blocks are multiples of it.
pub(super) const TILE_ROWS: usize = 12;
/// Most rows in a block: beyond it nothing is gained, and their pages no longer fit the nearest table of addresses.
const MOST_ROWS: usize = 48;
/// Fewest rows in a block that are worth a pass over X and G, even where all of it no longer fits the second-level cache.
const FEWEST_ROWS: usize = 36;
/// Most numbers of a row in a piece: those of a tile's rows and columns, and of the rows of the next tile, fit the nearest
/// cache.
const MOST_WIDTH: usize = 208;

impl Blocking {
    /// For `columns` columns against rows of `length` numbers.
    pub(crate) fn new(length: usize, columns: usize) -> Self {
        let pieces = length.div_ceil(MOST_WIDTH).max(1);
        let width = length.div_ceil(pieces).next_multiple_of(LANES);
        // X, G and the block stay in the second-level cache, if that leaves room for a block worth the name. A third is left to
        // whatever else is there and to lines that compete for the same places.
        let row = 8 * length.max(1);
        let fitting = (cache::second_level() / 3 * 2).saturating_sub(2 * columns * row) / row;
        let rows = fitting.clamp(FEWEST_ROWS, MOST_ROWS);
        Blocking { rows: rows / TILE_ROWS * TILE_ROWS, width }
    }

    /// Whether tiles divide a block, and groups of eight a piece.
    pub(super) fn is_even(&self) -> bool {
        self.rows > 0 && self.rows.is_multiple_of(TILE_ROWS) && self.width > 0 && self.width.is_multiple_of(LANES)
    }

    /// Numbers that a pass needs for partial sums.
    pub(crate) fn partial_sums(&self, columns: usize) -> usize {
        self.rows * columns * LANES
    }
}
