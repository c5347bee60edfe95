use std::time::{Duration, Instant};

use super::assignment::{Activity, Late};
use super::settlement::Death;
use super::vitals::Condition;

/// Why a run is recorded as timed out: how long it took, and whether it was hung or slow.
pub(super) fn lateness(activity: Option<&Activity>, limit: Duration, condition: Condition) -> String {
    let Some(activity) = activity else {
        return format!("killed before it had begun, which took too long{condition}");
    };
    if activity.opening {
        let spent = activity.started.elapsed().as_secs_f64();
        return format!(
            "killed while it was imported, after {spent:.1} s (does it wait for something when it is imported?)"
        );
    }
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

/// Why something was not measured. It is the host that measures, so no plugin is named: `limit` is what the host may take, where it
/// took longer.
pub(super) fn unmeasured(limit: Option<Duration>, death: &Death) -> String {
    let Some(limit) = limit else {
        return format!("the worker ended while the host measured the run: {}", death.detail);
    };
    let limit = limit.as_secs_f64();
    match death.late {
        Some((Late::Preparing, _)) => {
            format!(
                "the host took longer than it may to draw the instance and solve its references ({limit} s, --measuring-limit, but 300 s at least)"
            )
        }
        _ => format!("the host took longer to measure the run than the {limit} s it may take (--measuring-limit)"),
    }
}

/// Puts the step behind the way of dying: "killed by signal 11 (SIGSEGV) after step 40; its last words: ..".
pub(super) fn place(detail: &str, activity: &Activity) -> String {
    let place =
        if activity.opening { "while it was imported".to_owned() } else { format!("after step {}", activity.steps) };
    match detail.split_once(';') {
        Some((death, words)) => format!("{death} {place};{words}"),
        None => format!("{detail} {place}"),
    }
}
