//! One run from its first step to its record: [`driver`] has the loop, [`end`] the ways it can end, [`stopwatch`] whose
//! time is whose, [`heartbeat`] the signs of life.

mod checkpoints;
mod driver;
mod end;
mod heartbeat;
mod stopwatch;

use flatbench_instances::Instance;
use flatbench_plugin::host::Library;
use flatbench_problems::Evaluator;
use flatbench_records::protocol::{RunRequest, Tier};
use flatbench_records::{RunResult, Trajectory};

use crate::lockstep::RunClock;
use driver::Driver;
pub use heartbeat::Pulse;

/// Does one run by itself.
pub fn drive(
    instance: &Instance,
    library: &Library,
    request: &RunRequest,
    budget: f64,
    tier: Tier,
    pulse: &mut dyn FnMut(Pulse),
) -> (RunResult, Trajectory) {
    let evaluator = instance.problem.evaluator();
    drive_with(instance, library, request, budget, tier, evaluator, &RunClock::new(), pulse)
}

/// Does one run: creates the optimizer, steps it until one of its ends, and measures where it stands.
///
/// The oracle calls go to `evaluator`, times are read from `clock`; `pulse` hears of the run from time to time.
#[expect(clippy::too_many_arguments, reason = "what is run, on what, with what, and who listens")]
pub fn drive_with(
    instance: &Instance,
    library: &Library,
    request: &RunRequest,
    budget: f64,
    tier: Tier,
    evaluator: Box<dyn Evaluator + '_>,
    clock: &RunClock,
    pulse: &mut dyn FnMut(Pulse),
) -> (RunResult, Trajectory) {
    let mut driver = Driver::new(instance, request, budget, tier, evaluator, clock);
    let end = driver.run_until_end(library, request, pulse);
    driver.result(end)
}
