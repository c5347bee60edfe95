//! `flatbench status`: where a submitted suite stands, by its records and by the engine's word.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use flatbench_records::quoted_path;
use flatbench_runner::Interruption;
use serde::Serialize;

use crate::cluster::engine::Phase;
use crate::cluster::{Layout, Progress, Role, Submission, Task};
use crate::output::{self, errln, outln};
use crate::pause::pause;
use crate::quantity::duration;
use crate::status::Failure;
use crate::terminal;

#[derive(Args)]
pub struct Arguments {
    /// Folder that `flatbench submit` wrote
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Show it again every so many seconds, until nothing is in hand any more
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "5", value_parser = crate::quantity::seconds)]
    watch: Option<f64>,
    /// Print it as JSON
    #[arg(long, conflicts_with = "watch")]
    json: bool,
}

/// Most parts that are shown one by one.
const SHOWN: usize = 40;

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let layout = Layout::of(&arguments.dir);
    let interruption = Interruption::listen().map_err(Failure::trouble)?;
    loop {
        let submission = Submission::of(&layout)?;
        let progress = Progress::of(&layout, &submission)?;
        if arguments.json {
            output::json(&report(&submission, &progress))?;
            return Ok(ExitCode::SUCCESS);
        }
        if arguments.watch.is_some() && terminal::output_can_draw() {
            output::clear();
        }
        show(&layout, &submission, &progress);
        let Some(seconds) = arguments.watch else { return Ok(ExitCode::SUCCESS) };
        if progress.silent.is_none() && !progress.is_in_hand() {
            return Ok(ExitCode::SUCCESS);
        }
        pause(seconds, &interruption)?;
    }
}

/// One line of it.
pub fn summary(progress: &Progress) -> String {
    let records = format!("{} of {} runs recorded, {} failed", progress.recorded(), progress.runs(), progress.failed());
    if progress.silent.is_some() {
        return format!("{records}; the engine does not answer");
    }
    let end = progress.seconds_left().map(|seconds| format!(", over in about {}", duration(seconds)));
    format!(
        "{records}; {} tasks running, {} waiting{}",
        progress.number(Phase::Running),
        progress.number(Phase::Waiting),
        end.unwrap_or_default()
    )
}

fn show(layout: &Layout, submission: &Submission, progress: &Progress) {
    let root = layout.root().display();
    outln!("{} in {} parts by {}, {root}", submission.suite, progress.tasks.len(), submission.engine.engine().name());
    outln!("{}", summary(progress));
    let unfinished: Vec<&Task> = progress.tasks.iter().filter(|task| !task.is_done()).collect();
    if !unfinished.is_empty() {
        outln!("\n{:<14}{:>14}{:>8}  {:<12}{}", "part", "recorded", "failed", "state", "where, or why not");
    }
    for task in unfinished.iter().take(SHOWN) {
        let recorded = format!("{} of {}", task.tally.recorded, task.runs);
        let (state, place) = task.seen.as_ref().map_or(("-", ""), |seen| (seen.state.as_str(), seen.place.as_str()));
        outln!("{:<14}{recorded:>14}{:>8}  {state:<12}{place}", name(task), task.tally.failed);
    }
    if unfinished.len() > SHOWN {
        outln!("and {} parts more that are not done", unfinished.len() - SHOWN);
    }
    for join in progress.joins.iter().filter(|join| join.phase != Phase::Over) {
        outln!("{:<14}{:>14}{:>8}  {:<12}{}", format!("job {}", join.job), "", "", join.state, join.place);
    }
    if let Some(reason) = &progress.silent {
        errln!("warning: {} does not answer, so only records are shown: {reason}", submission.engine.engine().name());
    } else if !progress.is_in_hand() {
        let root = quoted_path(layout.root());
        let page = layout.root().join("index.html");
        match unfinished.is_empty() {
            true if page.exists() => outln!("\nreport: {}", page.display()),
            true => outln!("\nthe parts are not joined yet: flatbench merge {root} --out {root}"),
            false => outln!(
                "\nnothing is in hand: submitting again does what is missing; `flatbench merge {root} --out {root}` joins what is there; \
                 {} says what tasks printed",
                layout.output().display()
            ),
        }
    }
}

fn name(task: &Task) -> String {
    match task.role {
        Role::Tuning => format!("tuning {}", task.part),
        _ => task.part.to_string(),
    }
}

#[derive(Serialize)]
struct Report<'a> {
    suite: &'a str,
    engine: &'static str,
    runs: usize,
    recorded: usize,
    failed: usize,
    running: usize,
    waiting: usize,
    seconds_left: Option<f64>,
    engine_says: Option<&'a str>,
    parts: Vec<Part<'a>>,
}

#[derive(Serialize)]
struct Part<'a> {
    stage: Role,
    part: usize,
    runs: usize,
    recorded: usize,
    failed: usize,
    state: Option<&'a str>,
    place: Option<&'a str>,
}

fn report<'a>(submission: &'a Submission, progress: &'a Progress) -> Report<'a> {
    let part = |task: &'a Task| Part {
        stage: task.role,
        part: task.part,
        runs: task.runs,
        recorded: task.tally.recorded,
        failed: task.tally.failed,
        state: task.seen.as_ref().map(|seen| seen.state.as_str()),
        place: task.seen.as_ref().map(|seen| seen.place.as_str()),
    };
    Report {
        suite: &submission.suite,
        engine: submission.engine.engine().name(),
        runs: progress.runs(),
        recorded: progress.recorded(),
        failed: progress.failed(),
        running: progress.number(Phase::Running),
        waiting: progress.number(Phase::Waiting),
        seconds_left: progress.seconds_left(),
        engine_says: progress.silent.as_deref(),
        parts: progress.tasks.iter().map(part).collect(),
    }
}
