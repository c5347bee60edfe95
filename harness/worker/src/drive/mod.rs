//! One run from its first step to its record: [`driver`] has the loop, [`measuring`] what is measured when it has stopped,
//! [`end`] the ways it can end, [`descent`] when the loss is looked at on the way, [`stopwatch`] whose time is whose, [`heartbeat`] the signs of life.

mod checkpoints;
mod descent;
mod driver;
mod end;
mod heartbeat;
mod measuring;
mod stopwatch;

use flatbench_instances::Instance;
use flatbench_plugin::host::Library;
use flatbench_problems::Evaluator;
use flatbench_records::protocol::{Job, RunRequest, Tier};
use flatbench_records::{Measure, RunResult, Trajectory};

use crate::lockstep::RunClock;
use driver::Driver;
pub use heartbeat::{Listener, Pulse, Silent};

/// What the runs of a job have in common.
#[derive(Clone, Debug)]
pub struct RunPlan {
    /// In full-gradient equivalents.
    pub budget: f64,
    /// Loss at or below which a run ends, as a fraction of that at the start.
    pub stop_at_loss: Option<f64>,
    /// Losses whose first crossing is measured, as such fractions, the highest first.
    pub crossings: Vec<f64>,
    /// How much is measured along the way.
    pub tier: Tier,
    /// What is measured beyond that.
    pub measure: Measure,
    /// Seconds that measuring a run may take.
    pub measuring_limit: f64,
    /// Why along the way only the loss is measured, and at the end nothing but what is quick; `None`: all is.
    pub sparing: Option<String>,
    /// Whether the listener is told the parameters.
    pub keep_parameters: bool,
}

impl RunPlan {
    /// Everything is measured, whatever it takes.
    pub fn new(budget: f64, tier: Tier) -> Self {
        RunPlan {
            budget,
            stop_at_loss: None,
            crossings: Vec::new(),
            tier,
            measure: Measure::default(),
            measuring_limit: f64::INFINITY,
            sparing: None,
            keep_parameters: false,
        }
    }

    /// The runs of a job, with its limits for measuring.
    pub fn of(job: &Job) -> Self {
        RunPlan {
            stop_at_loss: job.case.stop_at_loss,
            measure: job.measure.clone(),
            crossings: job.case.crossings.clone(),
            measuring_limit: job.measuring_limit,
            sparing: job.sparing.clone(),
            keep_parameters: job.keep_parameters,
            ..RunPlan::new(job.case.budget, job.tier)
        }
    }
}

/// Does one run by itself, on a thread of its own where its library wants one.
///
/// The trajectory is `None` where the listener was given it.
///
/// # Errors
/// The system has no thread, or no memory for its stack.
pub fn drive(
    instance: &Instance,
    library: &Library,
    request: &RunRequest,
    plan: &RunPlan,
    listener: &mut dyn Listener,
) -> std::io::Result<(RunResult, Option<Trajectory>)> {
    let run = || {
        let evaluator = instance.problem.evaluator();
        drive_with(instance, library, request, plan, evaluator, &RunClock::new(), listener)
    };
    // SAFETY: instance, plan and listener know no thread; the optimizer ends with the run.
    unsafe { library.seat().hold(run) }
}

/// Does one run on the stack of the caller: creates the optimizer, steps it until one of its ends, and measures where it stands.
///
/// The oracle calls go to `evaluator`, times are read from `clock`; `listener` hears of the run from time to time, and of its
/// result before what takes long is measured.
pub fn drive_with(
    instance: &Instance,
    library: &Library,
    request: &RunRequest,
    plan: &RunPlan,
    evaluator: Box<dyn Evaluator + '_>,
    clock: &RunClock,
    listener: &mut dyn Listener,
) -> (RunResult, Option<Trajectory>) {
    let mut driver = Driver::new(instance, request, plan, evaluator, clock);
    let end = driver.run_until_end(library, request, listener);
    driver.result(end, listener)
}
