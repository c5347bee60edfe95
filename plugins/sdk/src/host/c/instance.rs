use std::ffi::{CString, c_void};
use std::ptr::{self, NonNull};

use super::context::Context;
use super::reading::text;
use crate::c_interface::{
    FLATBENCH_BUDGET, FLATBENCH_CONVERGED, FLATBENCH_NOT_SUPPORTED, FLATBENCH_OK, FlatbenchBlock, FlatbenchOptimizer,
    FlatbenchScalar,
};
use crate::host::{PluginError, control};
use crate::interface::oracle::OracleHandle;
use crate::{Block, Schedule, Status};

/// More scalars than this are not asked for.
pub(super) const MAX_SCALARS: usize = 64;

/// A made optimizer of another language, with its oracle.
pub(in crate::host) struct CInstance {
    table: FlatbenchOptimizer,
    state: *mut c_void,
    schedules: Vec<(String, Schedule)>,
    /// From a box; the plugin may remember its address.
    context: NonNull<Context>,
}

impl CInstance {
    pub(super) fn new(
        table: FlatbenchOptimizer,
        state: *mut c_void,
        schedules: Vec<(String, Schedule)>,
        blocks: &[Block],
        block_data: (Vec<CString>, Vec<FlatbenchBlock>),
        seed: u64,
    ) -> Self {
        let context = Context::new(blocks, block_data, seed);
        CInstance { table, state, schedules, context }
    }

    pub(in crate::host) fn initialize(&mut self, w: &mut [f64], oracle: OracleHandle) -> Result<(), PluginError> {
        let Some(initialize) = self.table.initialize else { return Ok(()) };
        let (state, w) = (self.state, w.as_mut_ptr());
        // SAFETY: the state is the plugin's own, w has the problem's dimension, the context lives until `drop`.
        let status = unsafe { Context::during(self.context, oracle, |face| initialize(state, w, face)) };
        self.outcome(status).map(|_| ())
    }

    pub(in crate::host) fn step(&mut self, w: &mut [f64], oracle: OracleHandle) -> Result<Status, PluginError> {
        let step = self.table.step.expect("looked for when the library was opened");
        let (state, w) = (self.state, w.as_mut_ptr());
        // SAFETY: as in `initialize`.
        let status = unsafe { Context::during(self.context, oracle, |face| step(state, w, face)) };
        self.outcome(status)
    }

    pub(in crate::host) fn report(&mut self, oracle: OracleHandle) -> Result<Vec<(String, f64)>, PluginError> {
        let mut own = Vec::new();
        if let Some(report) = self.table.report {
            let mut scalars = [FlatbenchScalar { name: ptr::null(), value: 0.0 }; MAX_SCALARS];
            let (state, out) = (self.state, scalars.as_mut_ptr());
            // SAFETY: as in `initialize`; there is room for as many scalars as is said.
            let count = unsafe { Context::during(self.context, oracle, |face| report(state, face, out, MAX_SCALARS)) };
            for scalar in &scalars[..count.min(MAX_SCALARS)] {
                // SAFETY: the plugin wrote a pointer to text that is valid until the next call, or none.
                let name = unsafe { text(scalar.name, "the name of a reported scalar") };
                own.push((name.map_err(PluginError::Failed)?, scalar.value));
            }
        }
        // SAFETY: the handle is valid during this call.
        let progress = unsafe { oracle.table.progress()(oracle.state) };
        let mut all: Vec<_> = self
            .schedules
            .iter()
            .filter(|(name, _)| own.iter().all(|(taken, _)| taken != name))
            .map(|(name, schedule)| (name.clone(), schedule.value(progress)))
            .collect();
        all.extend(own);
        Ok(all)
    }

    pub(in crate::host) fn evaluation_point(&mut self, point: &mut [f64]) {
        if let Some(evaluation_point) = self.table.evaluation_point {
            // SAFETY: as in `initialize`.
            unsafe { evaluation_point(self.state, point.as_mut_ptr()) }
        }
    }

    fn outcome(&mut self, status: i32) -> Result<Status, PluginError> {
        // SAFETY: no call is under way, so nothing else refers to the context.
        let message = unsafe { self.context.as_mut() }.take_message();
        match status {
            FLATBENCH_OK => Ok(Status::Continue),
            FLATBENCH_CONVERGED => Ok(Status::Converged),
            FLATBENCH_BUDGET => Err(PluginError::Budget),
            FLATBENCH_NOT_SUPPORTED => {
                Err(PluginError::NotSupported(message.unwrap_or_else(|| "the plugin gives no reason".to_owned())))
            }
            other => Err(PluginError::Failed(message.unwrap_or_else(|| format!("the plugin returned {other}")))),
        }
    }
}

impl Drop for CInstance {
    fn drop(&mut self) {
        if let Some(destroy) = self.table.destroy {
            // SAFETY: the state came from `create` and is not used again.
            control::lend(|| unsafe { destroy(self.state) })
        }
        // SAFETY: made by `Box::into_raw` in `Context::new`; this is the end of it.
        drop(unsafe { Box::from_raw(self.context.as_ptr()) });
    }
}
