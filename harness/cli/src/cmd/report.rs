//! `flatbench report`: the report again, from the records of one or several run directories.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use clap::Args;
use flatbench_report::{Naming, Step};
use flatbench_runner::Catalog;
use indicatif::ProgressBar;

use crate::beside::BesideArguments;
use crate::catalog::Families;
use crate::output::{out, outln};
use crate::status::Failure;
use crate::study::Voice;
use crate::{archives, beside, rerun, terminal};

#[derive(Args)]
pub struct Arguments {
    /// Run directories, as `flatbench run` wrote them; several are joined in one report
    #[arg(required = true, value_name = "DIR")]
    directories: Vec<PathBuf>,
    /// Folder for page and figures [default: the run directory, if there is one only]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    beside: BesideArguments,
    /// Let commands on the page name its own run directory as `.`, for a page that is moved or published
    #[arg(long)]
    portable: bool,
    /// Draw no page: print what papers published beside what was found, as a table in Markdown
    #[arg(long, conflicts_with_all = ["out", "beside", "portable", "open"])]
    published: bool,
    /// Show the page in the browser
    #[arg(long)]
    open: bool,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    for dir in &arguments.directories {
        if !rerun::is_run_directory(dir)? {
            return Err(archives::no_run_directory(dir));
        }
    }
    if arguments.published {
        return published(&arguments.directories);
    }
    let out = match (&arguments.out, arguments.directories.as_slice()) {
        (Some(out), _) => out,
        (None, [one]) => one,
        (None, several) => {
            let number = several.len();
            return Err(Failure::usage(format!(
                "a report of {number} run directories needs a folder of its own (name it with --out)"
            )));
        }
    };
    let beside = arguments.beside.take(&beside::paths(&arguments.directories))?;
    if !arguments.beside.beside.is_empty() {
        let records = arguments.directories.iter().map(|dir| rerun::records(dir)).collect::<Result<Vec<_>, _>>()?;
        let numerics = arguments.directories.iter().find_map(|dir| archives::environment(dir)?.numerics);
        let spots = flatbench_report::spots(records.iter().flatten());
        beside::foresee(&beside, &spots, numerics, true, Voice::Aloud)?;
    }
    if arguments.beside.is_given() && arguments.directories.contains(out) {
        beside::remember(out, &beside)?;
    }
    let naming = if arguments.portable { Naming::Here } else { Naming::Absolute };
    let bar = if terminal::can_draw() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    let page = flatbench_report::write_joined(
        &arguments.directories,
        &beside,
        out,
        naming,
        Families::new().families(),
        &mut |step: Step| {
            bar.set_message(step.to_string());
        },
    );
    bar.finish_and_clear();
    let page = page.map_err(Failure::trouble)?;
    outln!("{}", page.display());
    if arguments.open {
        open(&page)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the table of published numbers.
fn published(directories: &[PathBuf]) -> Result<ExitCode, Failure> {
    let names: Vec<String> = directories.iter().map(|dir| dir.display().to_string()).collect();
    let named: Vec<(&Path, &str)> =
        directories.iter().map(PathBuf::as_path).zip(names.iter().map(String::as_str)).collect();
    let input = flatbench_report::read(&named, Families::new().families()).map_err(Failure::trouble)?;
    if flatbench_report::replications(&input).is_empty() {
        return Err(Failure::usage(format!(
            "the suite of {} names no published numbers (write them into it as [[published]]; `flatbench list suites` has suites \
             that repeat papers)",
            names.join(", ")
        )));
    }
    // One table for each: which trajectories a report of several directories has room for must not change a number.
    for (index, one) in named.iter().enumerate() {
        let input = flatbench_report::read(&[*one], Families::new().families()).map_err(Failure::trouble)?;
        if named.len() > 1 {
            out!("{}**{}**\n\n", if index > 0 { "\n" } else { "" }, one.1);
        }
        out!("{}", flatbench_report::replications_markdown(&input));
    }
    Ok(ExitCode::SUCCESS)
}

/// Hands the page to whatever the system opens pages with.
fn open(page: &Path) -> Result<(), Failure> {
    let page = page.canonicalize().map_err(Failure::trouble)?;
    let mut command = if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(windows) {
        Command::new("explorer")
    } else {
        Command::new("xdg-open")
    };
    let program = command.get_program().to_string_lossy().into_owned();
    let quiet = command.arg(&page).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // Waited for by nobody: it may last as long as the browser.
    quiet.spawn().map(drop).map_err(|error| {
        Failure::trouble(anyhow::anyhow!("cannot start {program} ({error}); open {} in a browser", page.display()))
    })
}
