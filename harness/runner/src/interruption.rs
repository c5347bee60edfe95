use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
        let interruption = Self::default();
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
