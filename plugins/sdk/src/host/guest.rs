//! Optimizers that code of the host's own process provides, such as an interpreter that runs in it.

use std::fmt::Debug;
use std::path::Path;
use std::rc::Rc;
use std::sync::OnceLock;

use super::{Library, LoadError, PluginError};
use crate::export::Instance;
use crate::interface::error::InterfaceError;
use crate::interface::oracle::OracleHandle;
use crate::pool::Shared;
use crate::schema::Value;
use crate::{Block, Oracle, Parameters, Result, Status};

/// What stands in the place of a library: it makes optimizers.
pub trait Guest: Debug {
    /// Makes an optimizer for one run, with one value per hyper-parameter in absolute units, each held against the schema.
    ///
    /// # Errors
    /// Whatever keeps it from being made.
    fn create(&self, values: &[(String, Value)], blocks: &[Block]) -> Result<Box<dyn GuestOptimizer>>;
}

/// An optimizer of a [`Guest`], with the methods of an [`Optimizer`](crate::Optimizer). It stays on the thread that made it.
pub trait GuestOptimizer {
    /// Prepares for the starting point.
    ///
    /// # Errors
    /// As [`Optimizer::initialize`](crate::Optimizer::initialize).
    fn initialize(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<()>;

    /// Takes a step.
    ///
    /// # Errors
    /// As [`Optimizer::step`](crate::Optimizer::step).
    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status>;

    /// Named scalars, those of schedules included.
    ///
    /// # Errors
    /// What went wrong in it.
    fn report(&mut self, oracle: &mut Oracle) -> Result<Vec<(String, f64)>>;

    /// Writes the point to be judged into `point`, which comes as a copy of w.
    ///
    /// # Errors
    /// What went wrong in it.
    fn evaluation_point(&mut self, point: &mut Parameters) -> Result<()>;
}

/// Opens what is not a library file; `None`: it is none of its kind.
pub type Opener = fn(&Path) -> Option<std::result::Result<Library, LoadError>>;

static OPENER: OnceLock<Opener> = OnceLock::new();

/// From here on [`Library::open`] asks `opener` first. For a process that brings an interpreter along; the first call counts.
pub fn welcome(opener: Opener) {
    let _ = OPENER.set(opener);
}

/// What the opener says.
pub(super) fn open(path: &Path) -> Option<std::result::Result<Library, LoadError>> {
    OPENER.get().and_then(|open| open(path))
}

/// An optimizer of a guest with what belongs to its run.
pub(super) struct GuestInstance(Instance<Box<dyn GuestOptimizer>>);

impl GuestInstance {
    pub(super) fn new(
        guest: &Rc<dyn Guest>,
        values: &[(String, Value)],
        blocks: &[Block],
        seed: u64,
    ) -> std::result::Result<Self, PluginError> {
        let optimizer = guest.create(values, blocks).map_err(told)?;
        Ok(GuestInstance(Instance::new(optimizer, Shared::new(blocks.to_vec()), seed)))
    }

    pub(super) fn initialize(&mut self, w: &mut [f64], oracle: OracleHandle) -> std::result::Result<(), PluginError> {
        self.0.call(w.into(), Some(oracle), |guest, w, oracle| guest.initialize(w, oracle)).map_err(told)
    }

    pub(super) fn step(&mut self, w: &mut [f64], oracle: OracleHandle) -> std::result::Result<Status, PluginError> {
        self.0.call(w.into(), Some(oracle), |guest, w, oracle| guest.step(w, oracle)).map_err(told)
    }

    pub(super) fn report(&mut self, oracle: OracleHandle) -> std::result::Result<Vec<(String, f64)>, PluginError> {
        self.0.connected(Some(oracle), |guest, oracle| guest.report(oracle)).map_err(told)
    }

    pub(super) fn evaluation_point(&mut self, point: &mut [f64]) -> std::result::Result<(), PluginError> {
        self.0.call(point.into(), None, |guest, point, _| guest.evaluation_point(point)).map_err(told)
    }
}

fn told(error: crate::Error) -> PluginError {
    InterfaceError::from(error).into()
}
