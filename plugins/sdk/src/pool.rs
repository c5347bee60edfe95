use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::Block;
use crate::block::Layout;

/// Buffers kept for reuse, so that a step allocates nothing once the first ones are done.
#[derive(Debug)]
pub(crate) struct Pool<T>(Mutex<Vec<Vec<T>>>);

/// More spare buffers than this are returned to the allocator.
const SPARE: usize = 16;

impl<T> Pool<T> {
    fn new() -> Self {
        Pool(Mutex::new(Vec::new()))
    }

    /// A buffer with unspecified contents, perhaps empty.
    pub(crate) fn take(&self) -> Vec<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    pub(crate) fn put(&self, buffer: Vec<T>) {
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < SPARE {
            spare.push(buffer);
        }
    }
}

/// What all vectors and batches of one optimizer share. The locks are held for a push or a pop, never across a call.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) layout: Layout,
    pub(crate) vectors: Pool<f64>,
    pub(crate) batches: Pool<usize>,
}

impl Shared {
    pub(crate) fn new(blocks: Vec<Block>) -> Arc<Self> {
        Arc::new(Shared { layout: Layout::new(blocks), vectors: Pool::new(), batches: Pool::new() })
    }

    /// Of vectors that do not belong to an optimizer yet: dimension 0.
    pub(crate) fn nowhere() -> Arc<Self> {
        static NOWHERE: OnceLock<Arc<Shared>> = OnceLock::new();
        Arc::clone(NOWHERE.get_or_init(|| Shared::new(Vec::new())))
    }
}
