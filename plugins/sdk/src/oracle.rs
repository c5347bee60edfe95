use std::rc::Rc;

use abi_stable::std_types::{ROption, RSlice, RSliceMut};

use crate::batch::Sampler;
use crate::interface::error::Fallible;
use crate::interface::oracle::OracleHandle;
use crate::interface::question;
use crate::pool::Shared;
use crate::question::Question;
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

    /// f(w) and ∇f(w), for the price of the gradient.
    pub fn loss_and_gradient(&mut self, w: &Parameters) -> Result<(f64, Vector)> {
        self.vector(w, Question::Gradient)
    }

    /// f(w + t·v) for every t of `steps`, v the `direction`; each is charged as a loss.
    pub fn losses_along(&mut self, w: &Parameters, direction: &Parameters, steps: &[f64]) -> Result<Vec<f64>> {
        self.list(w, Question::LossesAlong { direction, steps }, steps.len())
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

    /// The mean of ρ_i(w)² over the indices of `batch`, repeats allowed.
    pub fn minibatch_loss(&mut self, w: &Parameters, batch: &[usize]) -> Result<f64> {
        self.number(w, Question::MinibatchLoss(batch))
    }

    /// The mean over a drawn batch: the loss where the batch is whole.
    pub fn batch_loss(&mut self, w: &Parameters, batch: &Batch) -> Result<f64> {
        if batch.is_whole() { self.loss(w) } else { self.minibatch_loss(w, batch) }
    }

    /// The Hessian of the mean of ρ_i(w)² over the indices of `batch`, repeats allowed, times v.
    pub fn minibatch_hessian_vector(&mut self, w: &Parameters, v: &Parameters, batch: &[usize]) -> Result<Vector> {
        Ok(self.vector(w, Question::MinibatchHessianVector { batch, v })?.1)
    }

    /// The same over a drawn batch: ∇²f(w)·v where the batch is whole.
    pub fn batch_hessian_vector(&mut self, w: &Parameters, v: &Parameters, batch: &Batch) -> Result<Vector> {
        if batch.is_whole() { self.hessian_vector(w, v) } else { self.minibatch_hessian_vector(w, v, batch) }
    }

    /// ρ_i(w) for the indices of `batch`, one for each entry, repeats allowed.
    pub fn minibatch_residuals(&mut self, w: &Parameters, batch: &[usize]) -> Result<Vec<f64>> {
        self.list(w, Question::MinibatchResiduals(batch), batch.len())
    }

    /// ρ_i(w) for a drawn batch, one for each entry.
    pub fn batch_residuals(&mut self, w: &Parameters, batch: &Batch) -> Result<Vec<f64>> {
        if batch.is_whole() { self.residuals(w) } else { self.minibatch_residuals(w, batch) }
    }

    /// The residuals ρ(w), one for each of the m measurements; f(w) is the mean of their squares.
    pub fn residuals(&mut self, w: &Parameters) -> Result<Vec<f64>> {
        self.list(w, Question::Residuals, self.measurements())
    }

    /// J v, length m: the derivative of the residuals along v.
    pub fn jacobian_vector(&mut self, w: &Parameters, v: &Parameters) -> Result<Vec<f64>> {
        self.list(w, Question::JacobianVector(v), self.measurements())
    }

    /// Jᵀ u for a `u` of length m, J the derivative of the residuals: (2/m) Jᵀρ is ∇f(w).
    pub fn jacobian_transpose_vector(&mut self, w: &Parameters, u: &[f64]) -> Result<Vector> {
        Ok(self.vector(w, Question::JacobianTransposeVector(u))?.1)
    }

    /// (2/m) JᵀJ v, the Gauss-Newton part of ∇²f(w)·v, which is all of it where f(w) = 0.
    pub fn gauss_newton_vector(&mut self, w: &Parameters, v: &Parameters) -> Result<Vector> {
        Ok(self.vector(w, Question::GaussNewtonVector(v))?.1)
    }

    /// The largest eigenvalue of ∇²f(w) and a unit eigenvector, by Lanczos iterations with the full Hessian from a start that is always
    /// the same; charged as the Hessian-vector products that it takes, which are at most as many as w has entries.
    pub fn lambda_max(&mut self, w: &Parameters) -> Result<(f64, Vector)> {
        self.vector(w, Question::LambdaMax)
    }

    /// tr ∇²f(w), exact, as a sum over the [`blocks`](Oracle::blocks): one number for each.
    pub fn hessian_trace_by_block(&mut self, w: &Parameters) -> Result<Vec<f64>> {
        self.list(w, Question::TraceByBlock, self.blocks().len())
    }

    /// ∇ Σ_b c_b tr H_bb with one weight c_b for each of the [`blocks`](Oracle::blocks), exact; with weights of one it is the gradient
    /// of the trace.
    pub fn weighted_hessian_trace_gradient(&mut self, w: &Parameters, weights: &[f64]) -> Result<Vector> {
        Ok(self.vector(w, Question::WeightedTraceGradient(weights))?.1)
    }

    /// ∇(vᵀ∇²f(w)v) in w for a fixed v, exact. For a unit eigenvector of a simple eigenvalue of ∇²f(w) that is the gradient of the
    /// eigenvalue.
    pub fn curvature_gradient(&mut self, w: &Parameters, v: &Parameters) -> Result<Vector> {
        Ok(self.vector(w, Question::CurvatureGradient(v))?.1)
    }

    /// Relative flatness (Petzka et al. 2021), summed over the layers: Σ_{s,s'} ⟨w_s, w_s'⟩ tr H_{s,s'} over the neurons of a layer.
    pub fn relative_flatness(&mut self, w: &Parameters) -> Result<f64> {
        self.number(w, Question::RelativeFlatness)
    }

    /// The gradient of relative flatness, exact.
    pub fn relative_flatness_gradient(&mut self, w: &Parameters) -> Result<Vector> {
        Ok(self.vector(w, Question::RelativeFlatnessGradient)?.1)
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

    /// A number.
    fn number(&self, w: &Parameters, question: Question<'_>) -> Result<f64> {
        // SAFETY: as in `vector`.
        self.ask(|handle| unsafe { question::ask(handle, w, question, &mut []) })
    }

    /// A vector as long as w, and the number that comes with it.
    fn vector(&self, w: &Parameters, question: Question<'_>) -> Result<(f64, Vector)> {
        let mut out = Parameters::scratch(&self.shared);
        // SAFETY: a handle is there during its call only.
        let number = self.ask(|handle| unsafe { question::ask(handle, w, question, &mut out) })?;
        Ok((number, out))
    }

    /// A list of so many numbers.
    fn list(&self, w: &Parameters, question: Question<'_>, length: usize) -> Result<Vec<f64>> {
        let mut out = vec![0.0; length];
        // SAFETY: as in `vector`.
        self.ask(|handle| unsafe { question::ask(handle, w, question, &mut out) })?;
        Ok(out)
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
