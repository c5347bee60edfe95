//! `flatbench watch`: the table of a run in progress, drawn again from its records.

mod view;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use flatbench_records::directory::place;
use flatbench_records::quoted_path;
use flatbench_report::{Digest, Rendered, digest};
use flatbench_runner::Interruption;

use crate::cmd::status::summary;
use crate::output::{self, outln};
use crate::pause::pause;
use crate::progress::Rate;
use crate::status::{Failure, SOME_FAILED, TROUBLE};
use crate::terminal::{output_can_draw, output_columns, wrapped};
use crate::{quantity, table};
use view::{Standing, View};

#[derive(Args)]
#[command(
    after_help = "It ends when nobody is at the run any more: with status 0 if all that is planned is recorded, 3 if some of \
                        that failed, 4 if runs are missing. Ctrl-C ends it and not the run."
)]
pub struct Arguments {
    /// A run directory, one with parts, such as `run --share` and `submit` fill, or a folder of the parts of one plan
    dir: PathBuf,
    /// Seconds until it is shown again
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0, value_parser = quantity::seconds)]
    every: f64,
    /// Show it once
    #[arg(long)]
    once: bool,
    /// Write the report of what is recorded there too: a page that loads itself again as long as the run goes on
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
}

/// Shows it until all is recorded, or nobody is at it any more.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let interruption = Interruption::listen().map_err(Failure::trouble)?;
    let (mut rate, mut before) = (Rate::new(Instant::now()), None);
    loop {
        let view = View::of(&arguments.dir)?;
        let (recorded, standing) = (view.recorded(), view.standing());
        let known = before.map_or(recorded, |(known, _)| known);
        rate.add(recorded.saturating_sub(known), Instant::now());
        // In a log, the same again tells nothing.
        let is_new = before.replace((recorded, standing)) != Some((recorded, standing));
        let page = arguments.page.as_deref().map(|file| (file, flatbench_report::render(&view.input)));
        if output_can_draw() && !arguments.once {
            output::clear();
        }
        if output_can_draw() || is_new {
            let digest = page.as_ref().map_or_else(|| digest(&view.input), |(_, page)| page.digest.clone());
            show(&digest, &words(&arguments.dir, &view, &rate));
        }
        let keep =
            |text: &dyn Fn(&Rendered) -> String| page.as_ref().map_or(Ok(()), |(file, page)| put(file, &text(page)));
        if arguments.once || standing != Standing::Going {
            keep(&|page| page.html.clone())?;
            return Ok(ExitCode::from(if arguments.once { 0 } else { status(&view) }));
        }
        keep(&|page| page.reloading(arguments.every))?;
        if let Err(signal) = pause(arguments.every, &interruption) {
            keep(&|page| page.html.clone())?;
            return Err(signal);
        }
    }
}

/// The table, and where the run stands in a line.
fn show(digest: &Digest, words: &str) {
    let columns = output_columns();
    let table = table::render(digest, columns);
    if !table.is_empty() {
        outln!("{table}");
    }
    outln!("{}", wrapped(words, columns, 4));
}

/// `12 of 48 runs recorded, 1 failed; 2 processes at work; 0.8 runs/s; about 45 s left`, and at the end what is to be done.
fn words(dir: &Path, view: &View, rate: &Rate) -> String {
    let standing = view.standing();
    if let Some(tasks) = view.tasks.as_ref().filter(|_| standing == Standing::Going) {
        return summary(tasks);
    }
    let planned = view.done.map_or(String::new(), |done| format!(" of {}", done.planned));
    let mut words = vec![format!("{}{planned} runs recorded, {} failed", view.recorded(), view.failed())];
    let page = dir.join("index.html");
    match standing {
        Standing::Going => {
            let (now, left) = (Instant::now(), view.done.map_or(0, |done| done.planned - done.recorded));
            words.push(at_work(view.writers));
            words.extend([rate.words(now), rate.left(left, now)].into_iter().flatten());
        }
        Standing::Whole if page.exists() => words.push(format!("report: {}", page.display())),
        Standing::Whole => {
            let dir = quoted_path(dir);
            let command = if view.is_joined { format!("report {dir}") } else { format!("merge {dir} --out {dir}") };
            words.push(format!("no report yet: flatbench {command}"));
        }
        Standing::Stopped if view.tasks.is_some() => {
            words.push("nothing is in hand any more: submitting again does what is missing".to_owned());
        }
        Standing::Stopped => words.push("nobody is at it any more: the command that began it continues it".to_owned()),
    }
    words.join("; ")
}

fn at_work(writers: usize) -> String {
    match writers {
        0 => "nobody is seen at work".to_owned(),
        1 => "1 process at work".to_owned(),
        more => format!("{more} processes at work"),
    }
}

/// As `flatbench run` and `submit --wait` would end.
fn status(view: &View) -> u8 {
    match view.standing() {
        Standing::Stopped => TROUBLE,
        _ if view.failed() > 0 => SOME_FAILED,
        _ => 0,
    }
}

fn put(file: &Path, text: &str) -> Result<(), Failure> {
    place(file, text.as_bytes())
        .map_err(|error| Failure::trouble(anyhow::anyhow!("cannot write {}: {error}", file.display())))
}
