//! A sign of life that does not depend on what a plugin is doing.

use std::io::{Cursor, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::pipe::Pipe;

/// Time between two beats.
const INTERVAL: Duration = Duration::from_millis(500);
/// Enough for a thread that formats a few numbers; small, because it counts towards a memory limit.
const STACK: usize = 64 * 1024;

static STEPS: AtomicU64 = AtomicU64::new(0);
/// Nanoseconds of the host's own work that is done.
static MEASURED: AtomicU64 = AtomicU64::new(0);
/// When the host began what it is doing, in nanoseconds of the monotonic clock; 0 while it does nothing of its own.
static MEASURING_SINCE: AtomicU64 = AtomicU64::new(0);

/// Counts a completed step of any run.
pub(crate) fn count_step() {
    STEPS.fetch_add(1, Ordering::Relaxed);
}

/// Does work that is the host's, so that no plugin is charged for it.
pub(crate) fn measure<T>(work: impl FnOnce() -> T) -> T {
    let begun = monotonic();
    MEASURING_SINCE.store(begun, Ordering::Relaxed);
    let result = work();
    MEASURING_SINCE.store(0, Ordering::Relaxed);
    MEASURED.fetch_add(monotonic().saturating_sub(begun), Ordering::Relaxed);
    result
}

/// Seconds of the host's own work that is done.
pub(crate) fn measured() -> f64 {
    MEASURED.load(Ordering::Relaxed) as f64 * 1e-9
}

/// Sends [`Event::Alive`](flatbench_records::protocol::Event::Alive) twice a second until the pipe breaks. A worker that may
/// start no further thread does without.
pub(crate) fn start(pipe: Arc<Pipe>) {
    let beat = move || {
        let mut line = [0; 256];
        while write_beat(&mut line).is_ok_and(|length| pipe.write(&line[..length]).is_ok()) {
            std::thread::sleep(INTERVAL);
        }
    };
    // Without beats the supervisor still has its time limit.
    let _ = std::thread::Builder::new().name("beat".to_owned()).stack_size(STACK).spawn(beat);
}

/// Writes the event by hand: an allocation on this thread would make the allocator reserve an arena for it, which a memory
/// limit would count.
fn write_beat(line: &mut [u8]) -> std::io::Result<usize> {
    let steps = STEPS.load(Ordering::Relaxed);
    let used = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = used.tv_sec as f64 + used.tv_nsec as f64 * 1e-9;
    let since = MEASURING_SINCE.load(Ordering::Relaxed);
    let measuring_for = if since == 0 { 0.0 } else { monotonic().saturating_sub(since) as f64 * 1e-9 };
    let measuring_seconds = measured() + measuring_for;
    let mut cursor = Cursor::new(line);
    writeln!(
        cursor,
        r#"{{"event":"alive","steps":{steps},"processor_seconds":{seconds:.6},"measuring_seconds":{measuring_seconds:.6},"measuring_for":{measuring_for:.6}}}"#
    )?;
    Ok(usize::try_from(cursor.position()).unwrap_or(0))
}

fn monotonic() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    (now.tv_sec as u64).saturating_mul(1_000_000_000) + now.tv_nsec as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use flatbench_records::protocol::Event;

    fn beat() -> Event {
        let mut line = [0; 256];
        let length = write_beat(&mut line).expect("room for a line");
        assert_eq!(line[length - 1], b'\n');
        serde_json::from_slice(&line[..length]).expect("an event")
    }

    #[test]
    fn a_beat_is_an_event_and_tells_the_hosts_work_from_the_plugins() {
        count_step();
        let Event::Alive { steps, processor_seconds, measuring_seconds: before, .. } = beat() else { panic!() };
        assert!(steps >= 1 && processor_seconds > 0.0);
        let nap = Duration::from_millis(20);
        let (during, inside) = measure(|| {
            std::thread::sleep(nap);
            let Event::Alive { measuring_for, measuring_seconds, .. } = beat() else { panic!() };
            (measuring_for, measuring_seconds)
        });
        assert!(during >= 0.02 && inside >= before + 0.02, "{during} {inside}");
        let Event::Alive { measuring_for, measuring_seconds, .. } = beat() else { panic!() };
        assert!(measuring_for == 0.0 && measuring_seconds >= inside);
    }
}
