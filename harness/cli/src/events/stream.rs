use flatbench_records::Record;
use flatbench_runner::plan::PlannedRun;
use flatbench_runner::session::Progress;

use super::{Event, Run, say};

/// Tells the progress of a session in lines.
#[derive(Debug, Default)]
pub struct Stream {
    /// Runs of the stage.
    planned: usize,
    /// Those of them that have a record.
    done: usize,
}

impl Progress for Stream {
    fn stage(&mut self, name: &str, runs: &[PlannedRun], missing: &[PlannedRun]) {
        (self.planned, self.done) = (runs.len(), runs.len() - missing.len());
        say(&Event::Stage { split: name, planned: self.planned, done: self.done });
    }

    fn begun(&mut self, run: &PlannedRun) {
        let run = Run {
            key: &run.key,
            case: &run.case.name,
            init: run.init(),
            repetition: run.repetition,
            optimizer: &run.optimizer,
            hyperparameters: &run.hyperparameters,
            split: run.split,
        };
        say(&Event::Begun { run });
    }

    fn recorded(&mut self, record: &Record) {
        self.done += 1;
        let result = &record.result;
        let run = Run {
            key: &record.key,
            case: &record.case,
            init: record.init,
            repetition: record.repetition,
            optimizer: &record.optimizer,
            hyperparameters: &record.hyperparameters,
            split: record.split,
        };
        say(&Event::Ended {
            run,
            outcome: result.outcome,
            outcome_detail: result.outcome_detail.as_deref(),
            failed: result.outcome.is_failure(),
            termination: result.termination,
            interpolated: result.interpolated,
            limit_excess_flatness: result.limit().and_then(|limit| limit.excess_flatness),
            limit_relative_error: result.limit().and_then(|limit| limit.relative_error),
            done: self.done,
            planned: self.planned,
        });
    }

    fn say(&mut self, text: &str) {
        say(&Event::Note { text });
    }

    fn stage_over(&mut self) {}
}
