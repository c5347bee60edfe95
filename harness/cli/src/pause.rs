//! Waiting that a signal ends.

use std::time::Duration;

use flatbench_runner::Interruption;

use crate::status::Failure;

/// Longest time without a look at signals.
const TICK: Duration = Duration::from_millis(100);

/// Waits so many seconds.
///
/// # Errors
/// The signal that came.
pub fn pause(seconds: f64, interruption: &Interruption) -> Result<(), Failure> {
    let mut left = Duration::from_secs_f64(seconds.min(1e6));
    loop {
        if let Some(signal) = interruption.signal() {
            return Err(Failure::Interrupted(signal));
        }
        if left.is_zero() {
            return Ok(());
        }
        let tick = left.min(TICK);
        std::thread::sleep(tick);
        left -= tick;
    }
}
