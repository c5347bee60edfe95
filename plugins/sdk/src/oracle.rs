use std::rc::Rc;

use abi_stable::std_types::{ROption, RSlice, RSliceMut};

use crate::batch::Sampler;
use crate::interface::error::Fallible;
use crate::interface::oracle::OracleHandle;
use crate::pool::Shared;
use crate::{Batch, Block, Error, Parameters, Result, Stream, Vector};

/// Answers questions about the loss f(w) = (1/m) Σ ρ_i(w)² over m measurements, and counts them.
///
/// Every answer is charged to the budget, in full-gradient equivalents: a mini-batch gradient of B indices costs B/m. When
/// the budget does not cover a call it is refused with [`Error::Budget`]; a call that the family cannot answer gives
/// [`Error::NotSupported`]. Wrong lengths and indices give [`Error::Other`]. Nothing here tells the ground truth.
pub struct Oracle {
    /// The host's end, during a call.
    handle: Option<OracleHandle>,
    shared: Rc<Shared>,
    stream: Stream,
    sampler: Sampler,
}

/// # What it knows, free of charge
impl Oracle {
    /// Number of parameters, the length of w.
    pub fn dimension(&self) -> usize {
        self.shared.layout.dimension()
    }

    /// The factors that make up w, in order.
    pub fn blocks(&self) -> &[Block] {
        &self.shared.layout.blocks
    }

    /// Number of measurements m.
    pub fn measurements(&self) -> usize {
        // SAFETY: during a call the handle's functions take the handle's state.
        self.handle.map_or(0, |handle| unsafe { handle.table.measurements()(handle.state) })
    }

    /// Spent fraction of the budget, in [0, 1].
    pub fn progress(&self) -> f64 {
        // SAFETY: as in `measurements`.
        self.handle.map_or(1.0, |handle| unsafe { handle.table.progress()(handle.state) })
    }

    /// Budget left, in full-gradient equivalents.
    pub fn remaining(&self) -> f64 {
        // SAFETY: as in `measurements`.
        self.handle.map_or(0.0, |handle| unsafe { handle.table.remaining()(handle.state) })
    }
}

/// # What it computes
impl Oracle {
    /// f(w).
    pub fn loss(&mut self, w: &Parameters) -> Result<f64> {
        // SAFETY: as in `measurements`; the slice is borrowed for the call.
        self.ask(|oracle| unsafe { oracle.table.loss()(oracle.state, RSlice::from_slice(w)) })
    }

    /// ∇f(w).
    pub fn gradient(&mut self, w: &Parameters) -> Result<Vector> {
        // SAFETY: as in `loss`.
        self.fill(|oracle, out| unsafe { oracle.table.gradient()(oracle.state, RSlice::from_slice(w), out) })
    }

    /// Gradient of (1/B) Σ ρ_i(w)² over the B indices of `batch`, repeats allowed.
    pub fn minibatch_gradient(&mut self, w: &Parameters, batch: &[usize]) -> Result<Vector> {
        self.minibatch(w, batch, ROption::RNone)
    }

    /// The same with `noise[j]` added to the target of `batch[j]`.
    pub fn minibatch_gradient_with_noise(&mut self, w: &Parameters, batch: &[usize], noise: &[f64]) -> Result<Vector> {
        self.minibatch(w, batch, ROption::RSome(RSlice::from_slice(noise)))
    }

    /// ∇f(w) with `noise` (length m) added to the targets.
    pub fn gradient_with_noise(&mut self, w: &Parameters, noise: &[f64]) -> Result<Vector> {
        let (w, noise) = (RSlice::from_slice(w), RSlice::from_slice(noise));
        // SAFETY: as in `loss`.
        self.fill(|oracle, out| unsafe { oracle.table.perturbed_gradient()(oracle.state, w, noise, out) })
    }

    /// Gradient over a drawn batch: the full gradient where the batch is whole.
    pub fn batch_gradient(&mut self, w: &Parameters, batch: &Batch) -> Result<Vector> {
        if batch.is_whole() { self.gradient(w) } else { self.minibatch_gradient(w, batch) }
    }

    /// Gradient over a drawn batch with `noise[j]` added to the target of its j-th entry.
    pub fn batch_gradient_with_noise(&mut self, w: &Parameters, batch: &Batch, noise: &[f64]) -> Result<Vector> {
        if batch.is_whole() {
            self.gradient_with_noise(w, noise)
        } else {
            self.minibatch_gradient_with_noise(w, batch, noise)
        }
    }

    /// ∇²f(w)·v.
    pub fn hessian_vector(&mut self, w: &Parameters, v: &Parameters) -> Result<Vector> {
        let (w, v) = (RSlice::from_slice(w), RSlice::from_slice(v));
        // SAFETY: as in `loss`.
        self.fill(|oracle, out| unsafe { oracle.table.hessian_vector()(oracle.state, w, v, out) })
    }

    /// tr ∇²f(w), exact.
    pub fn hessian_trace(&mut self, w: &Parameters) -> Result<f64> {
        // SAFETY: as in `loss`.
        self.ask(|oracle| unsafe { oracle.table.hessian_trace()(oracle.state, RSlice::from_slice(w)) })
    }

    /// ∇ tr ∇²f(w), exact.
    pub fn hessian_trace_gradient(&mut self, w: &Parameters) -> Result<Vector> {
        let w = RSlice::from_slice(w);
        // SAFETY: as in `loss`.
        self.fill(|oracle, out| unsafe { oracle.table.hessian_trace_gradient()(oracle.state, w, out) })
    }
}

/// # Chance
impl Oracle {
    /// The optimizer's own random numbers.
    pub fn random(&mut self) -> &mut Stream {
        &mut self.stream
    }

    /// Draws the next batch of `size` measurements.
    ///
    /// `size` 0 means all measurements, each once; a size above m counts as m. With `replacement` every index is drawn
    /// independently. Without, batches are consecutive pieces of a random permutation, reshuffled at the end of every epoch;
    /// the last batch of an epoch is smaller where the size does not divide m.
    pub fn sample_batch(&mut self, size: usize, replacement: bool) -> Batch {
        let measurements = self.measurements();
        self.sampler.draw(size, replacement, measurements, &mut self.stream, &self.shared)
    }
}

impl Oracle {
    pub(crate) fn new(shared: Rc<Shared>, seed: u64) -> Self {
        Oracle { handle: None, shared, stream: Stream::new(seed), sampler: Sampler::default() }
    }

    pub(crate) fn connect(&mut self, handle: OracleHandle) {
        self.handle = Some(handle);
    }

    pub(crate) fn disconnect(&mut self) {
        self.handle = None;
    }

    fn minibatch(&mut self, w: &Parameters, batch: &[usize], noise: ROption<RSlice<'_, f64>>) -> Result<Vector> {
        let (w, batch) = (RSlice::from_slice(w), RSlice::from_slice(batch));
        // SAFETY: as in `loss`.
        self.fill(|oracle, out| unsafe { oracle.table.minibatch_gradient()(oracle.state, w, batch, noise, out) })
    }

    fn ask<T>(&self, call: impl FnOnce(OracleHandle) -> Fallible<T>) -> Result<T> {
        let handle = self.handle.ok_or_else(|| Error::from("the oracle answers only during a step"))?;
        call(handle).into_result().map_err(Error::from)
    }

    fn fill(&self, call: impl FnOnce(OracleHandle, RSliceMut<'_, f64>) -> Fallible<()>) -> Result<Vector> {
        let mut out = Parameters::scratch(&self.shared);
        self.ask(|handle| call(handle, RSliceMut::from_mut_slice(&mut out)))?;
        Ok(out)
    }
}

impl std::fmt::Debug for Oracle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Oracle").field("blocks", &self.blocks()).field("measurements", &self.measurements()).finish()
    }
}
