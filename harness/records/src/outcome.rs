use crate::words::words;

words! {
    /// What happened to the process that did a run.
    pub enum Outcome {
        /// The run reached one of its ends; see [`Termination`].
        Completed = "completed",
        /// The plugin returned an error.
        PluginError = "plugin-error",
        /// The plugin panicked.
        Panicked = "panicked",
        /// The worker died: a signal, an abort, or an exit.
        Crashed = "crashed",
        /// The run took longer than the time limit and was killed.
        TimedOut = "timed-out",
        /// The library could not be loaded in the worker.
        LoadFailed = "load-failed",
        /// The run makes no sense, and `outcome_detail` says why.
        Skipped = "skipped",
    }
}

impl Outcome {
    /// Whether the run counts as failed for the exit status.
    pub fn is_failure(self) -> bool {
        !matches!(self, Outcome::Completed | Outcome::Skipped)
    }
}

words! {
    /// Why the optimization stopped.
    pub enum Termination {
        /// The optimizer said that it is done.
        Converged = "converged",
        /// The budget was spent.
        Budget = "budget",
        /// Parameters or loss stopped being finite, or the loss grew beyond the bound.
        Diverged = "diverged",
        /// The parameters no longer move.
        Stalled = "stalled",
        /// The loss fell to where the suite wants runs to stop.
        LossReached = "loss-reached",
    }
}
