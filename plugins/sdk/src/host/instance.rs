use super::bridge::Bridge;
use super::{HostOracle, PluginError};
use crate::Status;
use crate::interface::instance::InstanceHandle;
use crate::interface::step;

/// A made optimizer, for one run. `w` has the dimension of the blocks it was made for.
///
/// It stays on the thread that made it. After [`PluginError::Panicked`] its state is unspecified: end the run.
pub struct OptimizerInstance {
    handle: InstanceHandle,
    // A stable address: the plugin may remember it.
    bridge: Box<Bridge>,
    dimension: usize,
}

impl OptimizerInstance {
    pub(super) fn new(handle: InstanceHandle, dimension: usize) -> Self {
        OptimizerInstance { handle, bridge: Box::new(Bridge::new(dimension)), dimension }
    }

    /// Prepares the optimizer for the starting point; call once, before the first step. It may change `w`.
    ///
    /// # Errors
    /// Whatever the plugin answers; [`PluginError::Failed`] if `w` has the wrong length.
    pub fn initialize(&mut self, w: &mut [f64], oracle: &mut dyn HostOracle) -> Result<(), PluginError> {
        self.check(w)?;
        let (state, call) = (self.handle.state, self.handle.table.initialize());
        // SAFETY: the handle is alive, `&mut self` keeps calls from overlapping, w and oracle are borrowed for the call.
        let result = self.bridge.with(oracle, |oracle| unsafe { call(state, w.into(), oracle) });
        Ok(result.into_result()?)
    }

    /// Takes one step on `w`, in place. After an error `w` is as the optimizer left it.
    ///
    /// # Errors
    /// As for [`initialize`](OptimizerInstance::initialize).
    pub fn step(&mut self, w: &mut [f64], oracle: &mut dyn HostOracle) -> Result<Status, PluginError> {
        self.check(w)?;
        let (state, call) = (self.handle.state, self.handle.table.step());
        // SAFETY: as in `initialize`.
        let result = self.bridge.with(oracle, |oracle| unsafe { call(state, w.into(), oracle) });
        Ok(if result.into_result()? == step::CONVERGED { Status::Converged } else { Status::Continue })
    }

    /// Named scalars, such as the present step size.
    ///
    /// # Errors
    /// [`PluginError::Panicked`].
    pub fn report(&mut self, oracle: &mut dyn HostOracle) -> Result<Vec<(String, f64)>, PluginError> {
        let (state, call) = (self.handle.state, self.handle.table.report());
        // SAFETY: as in `initialize`.
        let result = self.bridge.with(oracle, |oracle| unsafe { call(state, oracle) });
        Ok(result.into_result()?.into_iter().map(|scalar| (scalar.name.into(), scalar.value)).collect())
    }

    /// Writes the point to be judged into `out`: `w` itself for most optimizers, an average for some.
    ///
    /// # Errors
    /// As for [`initialize`](OptimizerInstance::initialize).
    pub fn evaluation_point(&mut self, w: &[f64], out: &mut [f64]) -> Result<(), PluginError> {
        self.check(w)?;
        self.check(out)?;
        out.copy_from_slice(w);
        let (state, call) = (self.handle.state, self.handle.table.evaluation_point());
        // SAFETY: as in `initialize`.
        Ok(unsafe { call(state, out.into()) }.into_result()?)
    }

    fn check(&self, w: &[f64]) -> Result<(), PluginError> {
        if w.len() == self.dimension {
            return Ok(());
        }
        Err(PluginError::Failed(format!("the host passed {} parameters instead of {}", w.len(), self.dimension)))
    }
}

impl Drop for OptimizerInstance {
    fn drop(&mut self) {
        // SAFETY: made by `create` of the same library, which is never unloaded; this is the only call of `destroy`.
        unsafe { self.handle.table.destroy()(self.handle.state) }
    }
}

impl std::fmt::Debug for OptimizerInstance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OptimizerInstance").field("dimension", &self.dimension).finish_non_exhaustive()
    }
}
