//! `flatbench cancel`: the tasks of a submitted suite are ended.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use flatbench_records::quoted_path;

use crate::cluster::{Layout, Progress, Submission};
use crate::output::outln;
use crate::status::Failure;

#[derive(Args)]
pub struct Arguments {
    /// Folder that `flatbench submit` wrote
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let layout = Layout::of(&arguments.dir);
    let submission = Submission::of(&layout)?;
    let engine = submission.engine.engine();
    let progress = Progress::of(&layout, &submission)?;
    if let Some(reason) = &progress.silent {
        return Err(Failure::trouble(anyhow::anyhow!("{} does not answer: {reason}", engine.name())));
    }
    // What joins first: it would begin as soon as the tasks before it have ended.
    let mut jobs = progress.joins_in_hand();
    let tasks = progress.jobs_in_hand();
    jobs.extend(tasks.iter().map(String::as_str));
    if jobs.is_empty() {
        outln!("{} has nothing in hand of {}", engine.name(), layout.root().display());
        return Ok(ExitCode::SUCCESS);
    }
    engine.cancel(&jobs)?;
    outln!("cancelled: {}", jobs.join(", "));
    let root = quoted_path(layout.root());
    outln!(
        "{} of {} runs are recorded and kept: `flatbench merge {root} --out {root}` joins them, submitting again continues",
        progress.recorded(),
        progress.runs()
    );
    Ok(ExitCode::SUCCESS)
}
