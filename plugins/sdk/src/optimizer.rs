use crate::{Hyperparameters, Oracle, Parameters, Result};

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Call `step` again while the budget lasts.
    Continue,
    /// Nothing more to gain: the host stops here and looks for itself.
    Converged,
}

/// An optimization method.
///
/// The host makes one value per run from its hyper-parameters, calls [`initialize`](Optimizer::initialize) once and then
/// [`step`](Optimizer::step) until the budget is spent or the optimizer says it has converged. All calls come one after
/// the other, on one thread.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an optimizer",
    label = "does not say what a step does",
    note = "write `impl Optimizer for {Self}` with a `step`: plugins/README.md has one in ten lines"
)]
pub trait Optimizer: Hyperparameters + 'static {
    /// Prepares the state for the starting point `w`, which it may also change. Oracle calls count.
    fn initialize(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<()> {
        let _ = (w, oracle);
        Ok(())
    }

    /// Takes one step: changes `w` in place. May call the oracle any number of times, at any point.
    ///
    /// # Errors
    /// Any error ends the run. Hand errors of the oracle on with `?`: a refused call at the end of the budget is the normal
    /// end of a run, and `w` then counts as it was left.
    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status>;

    /// Named scalars for the trajectory. Schedules of the hyper-parameters are reported by themselves. The oracle is there
    /// to read (progress, sizes), not to call.
    fn report(&self, oracle: &Oracle) -> Vec<(String, f64)> {
        let _ = oracle;
        Vec::new()
    }

    /// Writes the point to be judged into `point`, which comes as a copy of w. An averaging method writes its average; the
    /// default leaves w.
    fn evaluation_point(&self, point: &mut Parameters) {
        let _ = point;
    }
}
