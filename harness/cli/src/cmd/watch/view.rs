//! What there is of a run at a moment.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use flatbench_records::directory::records_name;
use flatbench_report::{Done, Input};
use flatbench_runner::Catalog;
use flatbench_runner::store::holder;

use crate::catalog::Families;
use crate::cluster::{Layout, Progress, Submission};
use crate::cmd::merge::{none_in, stands_for};
use crate::status::Failure;
use crate::{archives, beside, rerun};

/// Time without a record after which a run is over to which nobody seems to write: locks of other machines cannot be seen everywhere.
const SILENCE: Duration = Duration::from_secs(60);

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Records are to come.
    Going,
    /// All that is planned is recorded, as far as that is known.
    Whole,
    /// Nobody is at it any more, and runs are missing.
    Stopped,
}

/// A run by its records, and by the engine's word where it was submitted.
pub struct View {
    /// What a report is made from; empty before the first record.
    pub input: Input,
    /// How much of the plan is recorded, where it is known what was planned.
    pub done: Option<Done>,
    /// Run directories that a process writes to.
    pub writers: usize,
    /// What the engine has in hand.
    pub tasks: Option<Progress>,
    /// Whether the folder is a run directory itself.
    pub is_joined: bool,
    /// Since when there is no new record.
    silent: Option<Duration>,
}

impl View {
    /// Reads a run directory, or the parts of one.
    pub fn of(dir: &Path) -> Result<Self, Failure> {
        if !dir.exists() {
            return Err(archives::no_run_directory(dir));
        }
        let inside = stands_for(dir)?;
        let layout = Layout::of(dir);
        let submission = Submission::read(&layout)?;
        if inside.begun.is_empty() && submission.is_none() && !layout.parts().is_dir() {
            return Err(none_in(dir));
        }
        // Asked before records are read: what is written in between belongs to a run that goes on.
        let folders = inside.begun.iter().chain(&inside.waiting).map(PathBuf::as_path).chain([dir]);
        let mut writers = 0;
        for folder in BTreeSet::from_iter(folders) {
            writers += usize::from(holder(folder).map_err(Failure::trouble)?.is_some());
        }
        let tasks = submission.as_ref().map(|submission| Progress::of(&layout, submission)).transpose()?;
        let input = read(dir, &inside.begun)?;
        let suites: BTreeSet<&str> = input.own().filter_map(|source| source.name.as_deref()).collect();
        if suites.len() > 1 {
            let names = Vec::from_iter(suites).join(", ");
            return Err(Failure::usage(format!(
                "{} has runs of several suites ({names}): name one of its folders",
                dir.display()
            )));
        }
        let is_joined = rerun::is_run_directory(dir)?;
        let done = if is_joined && input.own().count() == 1 { of_one(&input) } else { input.done() };
        // A part of a stage may know of no other stage.
        let of_all = |submission: &Submission| {
            let recorded = done.map_or(0, |done| done.recorded);
            Done { recorded: recorded.min(submission.runs), planned: submission.runs }
        };
        let done = submission.as_ref().map(of_all).or(done);
        Ok(View { done, writers, tasks, is_joined, silent: silence(dir, &inside.begun), input })
    }

    /// Records of the run.
    pub fn recorded(&self) -> usize {
        self.done.map_or_else(|| self.input.own().map(|source| source.records.len()).sum(), |done| done.recorded)
    }

    /// Those of them that failed.
    pub fn failed(&self) -> usize {
        let records = self.input.own().flat_map(|source| &source.records);
        records.filter(|record| record.result.outcome.is_failure()).count()
    }

    /// Where it stands.
    pub fn standing(&self) -> Standing {
        let is_whole = match self.done {
            Some(done) => done.recorded >= done.planned,
            None => self.input.own().next().is_some(),
        };
        // Of an engine that does not answer nothing is known, and what it may have in hand no longer matters once all is recorded.
        let may_be = |tasks: &Progress| tasks.is_in_hand() || tasks.silent.is_some() && !is_whole;
        let is_in_hand = self.tasks.as_ref().is_some_and(may_be);
        if self.writers > 0 || is_in_hand {
            Standing::Going
        } else if is_whole {
            Standing::Whole
        } else if self.silent.is_none_or(|silent| silent < SILENCE) {
            Standing::Going
        } else {
            Standing::Stopped
        }
    }
}

/// Reads what a folder stands for: it alone where it has all of the plan, as it does when its parts are joined.
fn read(dir: &Path, begun: &[PathBuf]) -> Result<Input, Failure> {
    let families = Families::new();
    let beside = beside::recall(dir);
    let of = |paths: &[PathBuf]| {
        let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        let pairs: Vec<_> = paths.iter().map(PathBuf::as_path).zip(names.iter().map(String::as_str)).collect();
        flatbench_report::read_beside(&pairs, &beside, families.families()).map_err(Failure::trouble)
    };
    let Some(first) = begun.first() else {
        return Ok(Input { families: families.families().to_vec(), ..Input::default() });
    };
    let joined = of(std::slice::from_ref(first))?;
    let has_all = first == dir && of_one(&joined).is_some_and(|done| done.recorded >= done.planned);
    if has_all || begun.len() == 1 { Ok(joined) } else { of(begun) }
}

/// How much is recorded of what was to be done in the one directory that was read.
fn of_one(input: &Input) -> Option<Done> {
    input.own().next()?.done()
}

/// How long ago the last record came; before there is one, how long ago anything was put into the folder. `None` where that is in the
/// future by the clock of this machine, or not known.
fn silence(dir: &Path, begun: &[PathBuf]) -> Option<Duration> {
    let changed = |path: &Path| std::fs::metadata(path).and_then(|about| about.modified()).ok();
    let last = begun.iter().filter_map(|path| changed(&path.join(records_name(path)))).max();
    SystemTime::now().duration_since(last.or_else(|| changed(dir))?).ok()
}
