use super::bridge::Bridge;
use super::c::CInstance;
use super::guest::GuestInstance;
use super::{HostOracle, PluginError, control};
use crate::interface::instance::InstanceHandle;
use crate::interface::step;
use crate::{Block, Status};

/// A made optimizer, for one run. `w` has the dimension of the blocks it was made for.
///
/// It stays on the thread that made it. After [`PluginError::Panicked`] its state is unspecified: end the run.
pub struct OptimizerInstance {
    inside: Inside,
    // A stable address: the plugin may remember it.
    bridge: Box<Bridge>,
    dimension: usize,
}

/// How the optimizer is spoken to.
pub(super) enum Inside {
    /// Through the layout-checked interface.
    Rust(InstanceHandle),
    /// Through the C interface.
    C(CInstance),
    /// Directly: it is code of the host.
    Guest(Box<GuestInstance>),
}

impl OptimizerInstance {
    /// For parameters of these factors.
    pub(super) fn new(inside: Inside, blocks: &[Block]) -> Self {
        let dimension = blocks.iter().map(Block::len).sum();
        OptimizerInstance { inside, bridge: Box::new(Bridge::new(dimension, blocks.len())), dimension }
    }

    /// Prepares the optimizer for the starting point; call once, before the first step. It may change `w`.
    ///
    /// # Errors
    /// Whatever the plugin answers; [`PluginError::Failed`] if `w` has the wrong length.
    pub fn initialize(&mut self, w: &mut [f64], oracle: &mut dyn HostOracle) -> Result<(), PluginError> {
        self.check(w)?;
        self.bridge.with(oracle, |oracle| match &mut self.inside {
            // SAFETY: the handle is alive, `&mut self` keeps calls from overlapping, w and oracle are borrowed for the call.
            Inside::Rust(made) => Ok(unsafe { made.table.initialize()(made.state, w.into(), oracle) }.into_result()?),
            Inside::C(made) => made.initialize(w, oracle),
            Inside::Guest(made) => made.initialize(w, oracle),
        })
    }

    /// Takes one step on `w`, in place. After an error `w` is as the optimizer left it.
    ///
    /// # Errors
    /// As for [`initialize`](OptimizerInstance::initialize).
    pub fn step(&mut self, w: &mut [f64], oracle: &mut dyn HostOracle) -> Result<Status, PluginError> {
        self.check(w)?;
        self.bridge.with(oracle, |oracle| match &mut self.inside {
            Inside::Rust(made) => {
                // SAFETY: as in `initialize`.
                let word = unsafe { made.table.step()(made.state, w.into(), oracle) }.into_result()?;
                Ok(if word == step::CONVERGED { Status::Converged } else { Status::Continue })
            }
            Inside::C(made) => made.step(w, oracle),
            Inside::Guest(made) => made.step(w, oracle),
        })
    }

    /// Named scalars, such as the present step size.
    ///
    /// # Errors
    /// [`PluginError::Panicked`].
    pub fn report(&mut self, oracle: &mut dyn HostOracle) -> Result<Vec<(String, f64)>, PluginError> {
        self.bridge.with(oracle, |oracle| match &mut self.inside {
            Inside::Rust(made) => {
                // SAFETY: as in `initialize`.
                let scalars = unsafe { made.table.report()(made.state, oracle) }.into_result()?;
                Ok(scalars.into_iter().map(|scalar| (scalar.name.into(), scalar.value)).collect())
            }
            Inside::C(made) => made.report(oracle),
            Inside::Guest(made) => made.report(oracle),
        })
    }

    /// Writes the point to be judged into `out`: `w` itself for most optimizers, an average for some.
    ///
    /// # Errors
    /// As for [`initialize`](OptimizerInstance::initialize).
    pub fn evaluation_point(&mut self, w: &[f64], out: &mut [f64]) -> Result<(), PluginError> {
        self.check(w)?;
        self.check(out)?;
        out.copy_from_slice(w);
        control::lend(|| match &mut self.inside {
            // SAFETY: as in `initialize`.
            Inside::Rust(made) => Ok(unsafe { made.table.evaluation_point()(made.state, out.into()) }.into_result()?),
            Inside::C(made) => {
                made.evaluation_point(out);
                Ok(())
            }
            Inside::Guest(made) => made.evaluation_point(out),
        })
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
        if let Inside::Rust(made) = &self.inside {
            // SAFETY: made by `create` of the same library, which is never unloaded; this is the only call of `destroy`.
            control::lend(|| unsafe { made.table.destroy()(made.state) })
        }
    }
}

impl std::fmt::Debug for OptimizerInstance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OptimizerInstance").field("dimension", &self.dimension).finish_non_exhaustive()
    }
}
