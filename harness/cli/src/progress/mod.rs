//! What a run shows while it lasts: a line that moves on a terminal, plain lines elsewhere, nothing if quiet.

mod course;
mod lines;
mod moving;
mod rate;

use flatbench_records::Record;
use flatbench_runner::plan::PlannedRun;
use flatbench_runner::session::Progress;

pub use rate::Rate;

use crate::terminal;

/// The display that fits where standard error goes.
pub fn display(quiet: bool) -> Box<dyn Progress> {
    if quiet {
        Box::new(Silence)
    } else if terminal::can_draw() {
        Box::new(moving::Moving::default())
    } else {
        Box::new(lines::Lines::default())
    }
}

struct Silence;

impl Progress for Silence {
    fn stage(&mut self, _name: &str, _runs: &[PlannedRun], _missing: &[PlannedRun]) {}
    fn recorded(&mut self, _record: &Record) {}
    fn say(&mut self, _text: &str) {}
    fn stage_over(&mut self) {}
}

/// A run that has ended, in a line.
fn line(record: &Record) -> String {
    let detail = match (&record.result.outcome_detail, record.result.termination) {
        (Some(detail), _) if record.result.outcome.is_failure() => format!(": {detail}"),
        (_, Some(termination)) => format!(" ({termination})"),
        _ => String::new(),
    };
    format!(
        "{} {} #{} {}  {}{detail}",
        record.case,
        record.init.name(),
        record.repetition,
        record.optimizer,
        record.result.outcome.name()
    )
}
