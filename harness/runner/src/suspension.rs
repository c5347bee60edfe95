//! Ctrl-Z. Workers are in process groups of their own, so a terminal stops the supervisor alone; it has to stop them too.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::SIGTSTP;

/// What is known of the signal in this process. Outside of [`Suspension::listen`] it stops the process at once, as it would without
/// a handler.
#[derive(Debug)]
struct Handler {
    /// Nobody is listening.
    at_once: Arc<AtomicBool>,
    /// It has arrived.
    arrived: Arc<AtomicBool>,
}

/// Listens for Ctrl-Z until it is dropped.
#[derive(Debug)]
pub(crate) struct Suspension(&'static Handler);

impl Suspension {
    /// Listens from now on: the process goes on until [`asked`](Suspension::asked) is looked at.
    ///
    /// # Errors
    /// Where the system refuses the handler.
    pub(crate) fn listen() -> std::io::Result<Self> {
        static HANDLER: OnceLock<Handler> = OnceLock::new();
        if HANDLER.get().is_none() {
            let handler = Handler { at_once: Arc::new(AtomicBool::new(true)), arrived: Arc::default() };
            signal_hook::flag::register_conditional_default(SIGTSTP, handler.at_once.clone())?;
            signal_hook::flag::register(SIGTSTP, handler.arrived.clone())?;
            // Two that race have one handler more, which always stops: no more than happens without any.
            let _ = HANDLER.set(handler);
        }
        let handler = HANDLER.get().ok_or_else(|| std::io::Error::other("no handler for SIGTSTP"))?;
        handler.arrived.store(false, Ordering::SeqCst);
        handler.at_once.store(false, Ordering::SeqCst);
        Ok(Suspension(handler))
    }

    /// Whether it has arrived since the last time this was asked.
    pub(crate) fn asked(&self) -> bool {
        self.0.arrived.swap(false, Ordering::SeqCst)
    }

    /// Stops this process until it is told to continue.
    pub(crate) fn stop(&self) {
        // The handler says no more than that a signal without a default cannot be imitated; this one has one.
        let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP);
    }
}

impl Drop for Suspension {
    fn drop(&mut self) {
        self.0.at_once.store(true, Ordering::SeqCst);
    }
}
