use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// What the first listener of the process hears, for those that wait for children of it.
static HEARD: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

/// Whether somebody in this process listens, and a signal came.
pub(crate) fn has_come() -> bool {
    HEARD.get().is_some_and(|signal| signal.load(Ordering::SeqCst) != 0)
}

/// Whether the user asked to stop: Ctrl-C (SIGINT) or SIGTERM.
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
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            signal_hook::flag::register_usize(signal, interruption.signal.clone(), signal as usize)?;
        }
        // By default a file over the size limit of the process (`ulimit -f`) kills it without a word; with any handler, the
        // write fails as on a full disk.
        signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default())?;
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
}
