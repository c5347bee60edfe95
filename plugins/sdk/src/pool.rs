use std::cell::RefCell;
use std::rc::Rc;

use crate::Block;
use crate::block::Layout;

/// Buffers kept for reuse, so that a step allocates nothing once the first ones are done.
///
/// Not shared between threads: a mini-batch step is so short that locks and atomic counts would be half of its overhead.
#[derive(Debug)]
pub(crate) struct Pool<T>(RefCell<Vec<Vec<T>>>);

/// More spare buffers than this are returned to the allocator.
const SPARE: usize = 16;

impl<T> Pool<T> {
    fn new() -> Self {
        Pool(RefCell::new(Vec::new()))
    }

    /// A buffer with unspecified contents, perhaps empty.
    pub(crate) fn take(&self) -> Vec<T> {
        self.0.borrow_mut().pop().unwrap_or_default()
    }

    pub(crate) fn put(&self, buffer: Vec<T>) {
        let mut spare = self.0.borrow_mut();
        if spare.len() < SPARE {
            spare.push(buffer);
        }
    }
}

/// What all vectors and batches of one optimizer share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) layout: Layout,
    pub(crate) vectors: Pool<f64>,
    pub(crate) batches: Pool<usize>,
}

impl Shared {
    pub(crate) fn new(blocks: Vec<Block>) -> Rc<Self> {
        Rc::new(Shared { layout: Layout::new(blocks), vectors: Pool::new(), batches: Pool::new() })
    }

    /// Of vectors that do not belong to an optimizer yet: dimension 0.
    pub(crate) fn nowhere() -> Rc<Self> {
        Shared::new(Vec::new())
    }
}
