use std::time::{Duration, Instant};

use super::assignment::Activity;
use super::vitals::Condition;

/// Why a run is recorded as timed out: how long it took, and whether it was hung or slow.
pub(super) fn lateness(activity: Option<&Activity>, limit: Duration, condition: Condition) -> String {
    let Some(activity) = activity else {
        return format!("killed while the instance and the library were prepared, which took too long{condition}");
    };
    let spent = match activity.shared {
        true => format!("with {:.1} s of its own", activity.seconds),
        false => format!("after {:.1} s", activity.started.elapsed().as_secs_f64()),
    };
    let silent = Instant::now().saturating_duration_since(activity.sign_of_life).as_secs_f64();
    format!(
        "killed {spent} (limit {} s); last sign of life {silent:.1} s before, at step {}{condition}",
        limit.as_secs_f64(),
        activity.steps
    )
}

/// Puts the step behind the way of dying: "killed by signal 11 (SIGSEGV) after step 40; its last words: ..".
pub(super) fn place(detail: &str, steps: u64) -> String {
    match detail.split_once(';') {
        Some((death, words)) => format!("{death} after step {steps};{words}"),
        None => format!("{detail} after step {steps}"),
    }
}
