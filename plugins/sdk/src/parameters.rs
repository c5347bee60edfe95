use std::fmt;
use std::ops::{Deref, DerefMut, Index, IndexMut};
use std::rc::Rc;
use std::slice::SliceIndex;

use ndarray::{ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2};

use crate::pool::Shared;
use crate::{Block, BlockKey};

/// A vector of the problem's dimension that is cut into named factors: the parameters w, a gradient, a velocity.
///
/// The `w` given to a step is the host's own memory, used in place. A [`Vector`] owns its memory; its buffer is recycled
/// when it is dropped, so making one in every step costs no allocation. Dereferences to a slice of all entries.
///
/// The host's memory cannot be kept past the step; a copy can:
///
/// ```compile_fail,standalone_crate
/// # use flatbench_plugin::prelude::*;
/// fn keep(state: &mut Vector, w: &mut Parameters) {
///     std::mem::swap(state, w);
/// }
/// ```
/// ```
/// # use flatbench_plugin::prelude::*;
/// fn keep(state: &mut Vector, w: &mut Parameters) {
///     *state = w.to_vector();
/// }
/// ```
pub struct Parameters<'a> {
    storage: Storage<'a>,
    shared: Rc<Shared>,
}

/// A vector that owns its memory and may be kept from step to step: gradients, velocities, averages.
///
/// `Vector::default()` has no entries; give a state vector its size in [`Optimizer::initialize`](crate::Optimizer::initialize)
/// with [`Parameters::zeros_like`] or [`Parameters::to_vector`].
pub type Vector = Parameters<'static>;

enum Storage<'a> {
    Host(&'a mut [f64]),
    Owned(Vec<f64>),
}

impl<'a> Parameters<'a> {
    /// The host's memory; its length must be the dimension of `shared`.
    pub(crate) fn host(data: &'a mut [f64], shared: Rc<Shared>) -> Self {
        debug_assert_eq!(data.len(), shared.layout.dimension());
        Parameters { storage: Storage::Host(data), shared }
    }

    /// The entries, unless they are the host's memory.
    pub(crate) fn into_owned_buffer(mut self) -> Option<Vec<f64>> {
        match &mut self.storage {
            Storage::Host(_) => None,
            Storage::Owned(buffer) => Some(std::mem::take(buffer)),
        }
    }
}

impl Parameters<'_> {
    /// A vector with unspecified finite entries, for a call that overwrites all of them.
    pub(crate) fn scratch(shared: &Rc<Shared>) -> Vector {
        let mut buffer = shared.vectors.take();
        buffer.resize(shared.layout.dimension(), 0.0);
        Parameters { storage: Storage::Owned(buffer), shared: Rc::clone(shared) }
    }

    /// A vector of the same structure with all entries 0.
    pub fn zeros_like(&self) -> Vector {
        let mut zeros = Self::scratch(&self.shared);
        zeros.fill(0.0);
        zeros
    }

    /// A copy that owns its memory, to be kept between steps. (`clone` does the same for use within a step.)
    pub fn to_vector(&self) -> Vector {
        let mut copy = Self::scratch(&self.shared);
        copy.copy_from_slice(self);
        copy
    }

    /// The factors, in order.
    pub fn blocks(&self) -> &[Block] {
        &self.shared.layout.blocks
    }

    /// One factor as a rows × cols matrix, by name or index.
    ///
    /// # Panics
    /// If there is no such block.
    #[track_caller]
    pub fn block(&self, key: impl BlockKey) -> ArrayView2<'_, f64> {
        let (range, shape) = self.shared.layout.find(key);
        ArrayView2::from_shape(shape, &self[range]).expect("a block's range has rows × cols entries")
    }

    /// One factor as a rows × cols matrix that can be written to, by name or index.
    ///
    /// # Panics
    /// If there is no such block.
    #[track_caller]
    pub fn block_mut(&mut self, key: impl BlockKey) -> ArrayViewMut2<'_, f64> {
        let (range, shape) = self.shared.layout.find(key);
        ArrayViewMut2::from_shape(shape, &mut self[range]).expect("a block's range has rows × cols entries")
    }

    /// All entries as an ndarray vector.
    pub fn view(&self) -> ArrayView1<'_, f64> {
        ArrayView1::from(&**self)
    }

    /// All entries as an ndarray vector that can be written to.
    pub fn view_mut(&mut self) -> ArrayViewMut1<'_, f64> {
        ArrayViewMut1::from(&mut **self)
    }

    /// self ← self + `factor` · `other`.
    ///
    /// # Panics
    /// If the lengths differ, as for a state vector that was never given its size.
    #[track_caller]
    pub fn scaled_add(&mut self, factor: f64, other: &Parameters<'_>) {
        self.assert_same_length(other);
        for (x, y) in self.iter_mut().zip(other.iter()) {
            *x += factor * y;
        }
    }

    /// self ← `factor` · self.
    pub fn scale(&mut self, factor: f64) {
        for x in self.iter_mut() {
            *x *= factor;
        }
    }

    /// self ← `other`.
    ///
    /// # Panics
    /// If the lengths differ.
    #[track_caller]
    pub fn assign(&mut self, other: &Parameters<'_>) {
        self.assert_same_length(other);
        self.copy_from_slice(other);
    }

    /// Inner product.
    ///
    /// # Panics
    /// If the lengths differ.
    #[track_caller]
    pub fn dot(&self, other: &Parameters<'_>) -> f64 {
        self.assert_same_length(other);
        self.view().dot(&other.view())
    }

    /// Euclidean norm.
    pub fn norm(&self) -> f64 {
        self.view().dot(&self.view()).sqrt()
    }

    #[track_caller]
    fn assert_same_length(&self, other: &Parameters<'_>) {
        assert!(
            self.len() == other.len(),
            "vectors of length {} and {} do not go together (size state in `initialize`: `self.velocity = w.zeros_like()`)",
            self.len(),
            other.len()
        );
    }
}

impl Deref for Parameters<'_> {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        match &self.storage {
            Storage::Host(data) => data,
            Storage::Owned(data) => data,
        }
    }
}

impl DerefMut for Parameters<'_> {
    fn deref_mut(&mut self) -> &mut [f64] {
        match &mut self.storage {
            Storage::Host(data) => data,
            Storage::Owned(data) => data,
        }
    }
}

/// As a slice is indexed, but a vector without entries says what it lacks.
impl<I: SliceIndex<[f64]>> Index<I> for Parameters<'_> {
    type Output = I::Output;

    #[track_caller]
    fn index(&self, index: I) -> &I::Output {
        let length = self.len();
        self.get(index).unwrap_or_else(|| out_of_range(length))
    }
}

impl<I: SliceIndex<[f64]>> IndexMut<I> for Parameters<'_> {
    #[track_caller]
    fn index_mut(&mut self, index: I) -> &mut I::Output {
        let length = self.len();
        self.get_mut(index).unwrap_or_else(|| out_of_range(length))
    }
}

#[cold]
#[track_caller]
fn out_of_range(length: usize) -> ! {
    assert!(
        length > 0,
        "this vector has no entries yet (size state in `initialize`: `self.velocity = w.zeros_like()`)"
    );
    panic!("an index is out of range for a vector of {length} entries")
}

impl Clone for Parameters<'_> {
    /// A copy that owns its memory.
    fn clone(&self) -> Self {
        self.to_vector()
    }
}

impl Default for Vector {
    /// The vector without entries.
    fn default() -> Self {
        Parameters { storage: Storage::Owned(Vec::new()), shared: Shared::nowhere() }
    }
}

impl Drop for Parameters<'_> {
    fn drop(&mut self) {
        if let Storage::Owned(buffer) = &mut self.storage
            && buffer.capacity() > 0
        {
            self.shared.vectors.put(std::mem::take(buffer));
        }
    }
}

impl fmt::Debug for Parameters<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (index, block) in self.blocks().iter().enumerate() {
            map.entry(&block.name, &self.block(index));
        }
        map.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(use_it: impl FnOnce(&mut Vector) + std::panic::UnwindSafe) -> String {
        let panicked = std::panic::catch_unwind(|| use_it(&mut Vector::default())).expect_err("it has no entries");
        panicked
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panicked.downcast_ref::<&str>().map(|s| (*s).into()))
            .expect("a text")
    }

    #[test]
    fn state_without_a_size_says_where_it_gets_one() {
        let sized = || Parameters::host(Box::leak(Box::new([1.0, 2.0])), Shared::new(vec![Block::new("L", 1, 2)]));
        let uses: [fn(&mut Vector); 5] = [
            |v| v[0] = 1.0,
            |v| v[1..].fill(0.0),
            |v| assert!(v.block("L").sum() > 0.0),
            |v| assert!(v.block(0).sum() > 0.0),
            |v| assert!(v[0] > 0.0),
        ];
        for use_it in uses {
            assert!(said(use_it).contains("size state in `initialize`"), "{}", said(use_it));
        }
        assert!(said(move |v| v.scaled_add(1.0, &sized())).contains("size state in `initialize`"));
        let mut w = sized();
        w[0] += w[1];
        assert_eq!(w[..], [3.0, 2.0]);
    }
}
