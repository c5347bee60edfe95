use flatbench_plugin::host::{Library, standard_control_words};
use flatbench_records::RunResult;
use flatbench_records::protocol::{Job, RunRequest};
use flatbench_records::{Dimensions, Trajectory};

use crate::drive::{Listener, Pulse, RunPlan, drive};
use flatbench_instances::CaseError;
use flatbench_instances::Instance;

/// Why a run could not begin.
#[derive(Debug, thiserror::Error)]
pub enum AloneError {
    /// Its instance cannot be drawn.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// Its library cannot be loaded.
    #[error("{0}")]
    Library(String),
    /// The system has no thread for it.
    #[error("no memory for the stack of a run: {0}")]
    Stack(std::io::Error),
}

/// Does one run in this process, for a debugger: whatever the plugin does happens here. The numbers are those of a run in
/// a worker. `pulse` hears of the run from time to time.
///
/// # Errors
/// An instance that cannot be drawn, a library that cannot be loaded, no thread for a library that wants one.
pub fn perform(
    job: &Job,
    request: &RunRequest,
    pulse: &mut dyn FnMut(Pulse),
) -> Result<(Dimensions, RunResult, Trajectory), AloneError> {
    struct Pulses<'a>(&'a mut dyn FnMut(Pulse));
    impl Listener for Pulses<'_> {
        fn pulse(&mut self, pulse: Pulse) {
            self.0(pulse);
        }
        fn stopped(&mut self, _: &RunResult, _: Option<Trajectory>) {}
        fn wants_results(&self) -> bool {
            false
        }
    }
    standard_control_words();
    let instance = Instance::draw(job)?;
    let library = Library::open(&request.library).map_err(|error| AloneError::Library(error.to_string()))?;
    let plan = RunPlan::new(job.case.budget, job.tier);
    let (result, trajectory) =
        drive(&instance, &library, request, &plan, &mut Pulses(pulse)).map_err(AloneError::Stack)?;
    Ok((*instance.problem.dimensions(), result, trajectory.unwrap_or_default()))
}
