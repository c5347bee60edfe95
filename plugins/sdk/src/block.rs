use std::ops::Range;

/// A named factor inside the parameter vector, stored row by row: `L` and `R`, or `W1`, `W2`, …
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Name, such as `L` or `W1`.
    pub name: String,
    /// Rows of the factor.
    pub rows: usize,
    /// Columns of the factor.
    pub cols: usize,
}

impl Block {
    /// A factor of the given shape.
    pub fn new(name: impl Into<String>, rows: usize, cols: usize) -> Self {
        Block { name: name.into(), rows, cols }
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.rows * self.cols
    }

    /// Whether the factor has no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for usize {}
    impl Sealed for &str {}
}

/// What picks a block: its index or its name.
#[diagnostic::on_unimplemented(
    message = "a block is found by its name or its number, not by a `{Self}`",
    label = "expected `&str` or `usize`"
)]
pub trait BlockKey: Copy + sealed::Sealed {
    /// Index among `blocks`; panics with the known names if there is none, as indexing does.
    #[doc(hidden)]
    fn find(self, blocks: &[Block]) -> usize;
}

impl BlockKey for usize {
    #[track_caller]
    fn find(self, blocks: &[Block]) -> usize {
        assert_sized(blocks);
        assert!(self < blocks.len(), "there is no block {self} (the problem has {})", blocks.len());
        self
    }
}

impl BlockKey for &str {
    #[track_caller]
    fn find(self, blocks: &[Block]) -> usize {
        assert_sized(blocks);
        blocks.iter().position(|block| block.name == self).unwrap_or_else(|| {
            let names: Vec<_> = blocks.iter().map(|block| block.name.as_str()).collect();
            panic!("there is no block {self:?} (the problem has {})", names.join(", "))
        })
    }
}

/// A vector that was never given its size has no blocks.
#[track_caller]
fn assert_sized(blocks: &[Block]) {
    assert!(
        !blocks.is_empty(),
        "this vector has no size yet (size state in `initialize`: `self.velocity = w.zeros_like()`)"
    );
}

/// How the parameter vector is cut into blocks: in order, without gaps.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    pub(crate) blocks: Vec<Block>,
    offsets: Vec<usize>,
    dimension: usize,
}

impl Layout {
    pub(crate) fn new(blocks: Vec<Block>) -> Self {
        let mut dimension = 0;
        let mut offsets = Vec::with_capacity(blocks.len());
        for block in &blocks {
            offsets.push(dimension);
            dimension += block.len();
        }
        Layout { blocks, offsets, dimension }
    }

    pub(crate) fn dimension(&self) -> usize {
        self.dimension
    }

    #[track_caller]
    pub(crate) fn find(&self, key: impl BlockKey) -> (Range<usize>, (usize, usize)) {
        let index = key.find(&self.blocks);
        let (block, offset) = (&self.blocks[index], self.offsets[index]);
        (offset..offset + block.len(), (block.rows, block.cols))
    }
}
