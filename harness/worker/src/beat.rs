//! A sign of life that does not depend on what a plugin is doing.

use std::fs::File;
use std::io::{Cursor, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Time between two beats.
const INTERVAL: Duration = Duration::from_millis(500);
/// Enough for a thread that formats two numbers; small, because it counts towards a memory limit.
const STACK: usize = 64 * 1024;

static STEPS: AtomicU64 = AtomicU64::new(0);

/// Counts a completed step of any run.
pub(crate) fn count_step() {
    STEPS.fetch_add(1, Ordering::Relaxed);
}

/// Sends [`Event::Alive`](flatbench_records::protocol::Event::Alive) twice a second until the pipe breaks. A worker that may
/// start no further thread does without.
pub(crate) fn start(pipe: Arc<Mutex<File>>) {
    let beat = move || {
        let mut line = [0; 128];
        while write_beat(&mut line).is_ok_and(|length| {
            let mut pipe = pipe.lock().unwrap_or_else(PoisonError::into_inner);
            pipe.write_all(&line[..length]).is_ok()
        }) {
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
    let mut cursor = Cursor::new(line);
    writeln!(cursor, r#"{{"event":"alive","steps":{steps},"processor_seconds":{seconds:.6}}}"#)?;
    Ok(usize::try_from(cursor.position()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flatbench_records::protocol::Event;

    #[test]
    fn a_beat_is_an_event() {
        count_step();
        let mut line = [0; 128];
        let length = write_beat(&mut line).expect("room for a line");
        let event: Event = serde_json::from_slice(&line[..length]).expect("an event");
        let Event::Alive { steps, processor_seconds } = event else { panic!("{event:?}") };
        assert!(steps >= 1 && processor_seconds > 0.0);
        assert_eq!(line[length - 1], b'\n');
    }
}
