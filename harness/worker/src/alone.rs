use flatbench_plugin::host::{Library, standard_control_words};
use flatbench_problems::Block;
use flatbench_records::protocol::{Job, RunRequest};
use flatbench_records::{Dimensions, Point, Points, RunResult, Trajectory};

use crate::drive::{Listener, Pulse, RunPlan, drive};
use crate::plugins::factors;
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

/// What came of a run in this process.
#[derive(Clone, Debug)]
pub struct Performed {
    /// Sizes of its instance.
    pub dimensions: Dimensions,
    /// Its result.
    pub result: RunResult,
    /// Its trajectory.
    pub trajectory: Trajectory,
    /// Its parameters, where the job asks for them.
    pub points: Option<Points>,
}

/// Does one run in this process, for a debugger: whatever the plugin does happens here. The numbers are those of a run in
/// a worker. `pulse` hears of the run from time to time.
///
/// # Errors
/// An instance that cannot be drawn, a library that cannot be loaded, no thread for a library that wants one.
pub fn perform(job: &Job, request: &RunRequest, pulse: &mut dyn FnMut(Pulse)) -> Result<Performed, AloneError> {
    struct Alone<'a> {
        pulse: &'a mut dyn FnMut(Pulse),
        blocks: &'a [Block],
        points: Points,
    }
    impl Listener for Alone<'_> {
        fn pulse(&mut self, pulse: Pulse) {
            (self.pulse)(pulse);
        }
        fn reached(&mut self, point: Point, w: &[f64]) {
            self.points.add(point, factors(self.blocks), w.to_vec());
        }
        fn stopped(&mut self, _: &RunResult, _: Option<Trajectory>) {}
        fn wants_results(&self) -> bool {
            false
        }
    }
    standard_control_words();
    let instance = Instance::draw(job)?;
    let library = Library::open(&request.library).map_err(|error| AloneError::Library(error.to_string()))?;
    let plan = RunPlan {
        measure: job.measure.clone(),
        keep_parameters: job.keep_parameters,
        ..RunPlan::new(job.case.budget, job.tier)
    };
    let mut listener = Alone { pulse, blocks: instance.problem.blocks(), points: Points::default() };
    let (result, trajectory) = drive(&instance, &library, request, &plan, &mut listener).map_err(AloneError::Stack)?;
    let points = listener.points.of(&result);
    Ok(Performed {
        dimensions: *instance.problem.dimensions(),
        result,
        trajectory: trajectory.unwrap_or_default(),
        points,
    })
}
