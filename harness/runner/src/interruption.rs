use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGXCPU, SIGXFSZ};
use signal_hook::low_level::signal_name;

/// What asks a session to stop: a terminal that goes away, Ctrl-C, what batch systems send before the time or the processor time of a
/// job is over, and when they end it.
const ENDING: [i32; 6] = [SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGXCPU, SIGTERM];

/// What the first listener of the process hears, for those that wait for children of it.
static HEARD: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

/// Whether somebody in this process listens, and a signal came.
pub(crate) fn has_come() -> bool {
    HEARD.get().is_some_and(|signal| signal.load(Ordering::SeqCst) != 0)
}

/// Whether the session was asked to stop: by SIGHUP, SIGINT (Ctrl-C), SIGUSR1, SIGUSR2, SIGXCPU or SIGTERM.
#[derive(Clone, Debug, Default)]
pub struct Interruption {
    signal: Arc<AtomicUsize>,
}

impl Interruption {
    /// Listens from now on; the signals no longer end the process by themselves.
    ///
    /// # Errors
    /// Where the system refuses the handler.
    pub fn listen() -> std::io::Result<Self> {
        let interruption = Interruption { signal: HEARD.get_or_init(Arc::default).clone() };
        for signal in ENDING {
            // Who starts a program by `nohup` wants it to go on.
            if signal == SIGHUP && is_ignored(signal) {
                continue;
            }
            signal_hook::flag::register_usize(signal, interruption.signal.clone(), signal as usize)?;
        }
        // By default a file over the size limit of the process (`ulimit -f`) kills it without a word; with any handler, the
        // write fails as on a full disk.
        signal_hook::flag::register(SIGXFSZ, Arc::default())?;
        Ok(interruption)
    }

    /// Asks to stop as the signal of that number would.
    pub fn raise(&self, signal: usize) {
        self.signal.store(signal, Ordering::SeqCst);
    }

    /// Number of the signal that arrived, if one did.
    pub fn signal(&self) -> Option<u8> {
        u8::try_from(self.signal.load(Ordering::SeqCst)).ok().filter(|&signal| signal != 0)
    }

    /// Forgets what has arrived: from now on another one counts.
    pub fn forget(&self) {
        self.signal.store(0, Ordering::SeqCst);
    }

    /// Whether somebody is in a hurry: of a process that is out of processor time SIGXCPU comes once a second by itself.
    pub fn is_urgent(&self) -> bool {
        self.signal().is_some_and(|signal| i32::from(signal) != SIGXCPU)
    }

    /// Whether a signal has arrived, or does so within this time.
    pub(crate) fn comes_within(&self, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        while self.signal().is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
        self.signal().is_some()
    }
}

/// A signal by its name, such as `SIGTERM`, or its number where it has none.
pub fn name_of_signal(signal: u8) -> String {
    signal_name(i32::from(signal)).map_or_else(|| format!("signal {signal}"), str::to_owned)
}

/// Whether a signal was ignored when this process began, where the system tells.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
