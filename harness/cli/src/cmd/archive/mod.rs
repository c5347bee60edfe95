//! `flatbench archive`: a run directory packed to be kept and to stand beside others.

mod complete;
mod draw;
mod pack;
mod trials;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser};
use flatbench_records::quoted_path;

use crate::archives::{self, REPORTS};
use crate::cmd::run;
use crate::output::{errln, outln};
use crate::plugins;
use crate::status::Failure;

/// Bytes beyond which an archive is no longer small beside a source tree.
const LARGE: u64 = 10_000_000;

#[derive(Args)]
pub struct Arguments {
    /// Run directory to archive
    #[arg(value_name = "DIR", required_unless_present = "remake", conflicts_with = "remake", requires = "to")]
    dir: Option<PathBuf>,
    /// Name of the archive, which is then reports/NAME of the source tree, or a folder; an archive that is there is replaced
    #[arg(value_name = "NAME|FOLDER", conflicts_with = "remake")]
    to: Option<String>,
    /// Do the runs of an archive again, with the plugins as they are now, and put the result in its place
    #[arg(long, value_name = "NAME")]
    remake: Option<String>,
    /// Run directory in which --remake does them, and goes on where it was stopped [default: reports/local/archive-NAME]
    #[arg(long, value_name = "DIR", requires = "remake")]
    out: Option<PathBuf>,
    /// Folder of the `flatbench tune` that found the settings of the runs: its trials come with them, so that pages show how much settings
    /// matter [default: those that DIR or the archive has: --remake does no search again]
    #[arg(long, value_name = "DIR")]
    search: Option<PathBuf>,
    /// Take what is there, though runs are missing, failed or cannot be read
    #[arg(long)]
    partial: bool,
    /// Keep the trajectories of all runs, not of one draw alone
    #[arg(long)]
    trajectories: bool,
    /// Draw page and figures in the archive too
    #[arg(long)]
    figures: bool,
}

/// `flatbench run` inside of this command.
#[derive(Parser)]
struct Run {
    #[command(flatten)]
    arguments: run::Arguments,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let (from, to) = match (&arguments.remake, &arguments.dir, &arguments.to) {
        (Some(name), ..) => (done_again(name, arguments.out.as_deref())?, archives::find(name)?.1),
        (None, Some(dir), Some(to)) => (archives::directory(dir)?, place(to)?),
        (None, ..) => return Err(Failure::usage("which run directory? (flatbench archive DIR NAME)")),
    };
    let packed = pack::pack(
        &from,
        &to,
        &pack::Wanted {
            partial: arguments.partial,
            trajectories: arguments.trajectories,
            search: arguments.search.as_deref(),
        },
    )?;
    packed.warnings.iter().for_each(|text| errln!("warning: {text}"));
    if arguments.figures {
        pack::draw(&to)?;
    }
    let bytes = archives::size(&to);
    outln!(
        "{} runs of {} optimizers{}, {:.1} MB in {}",
        packed.records,
        packed.optimizers,
        if packed.trials > 0 { format!(" and {} trials of a search", packed.trials) } else { String::new() },
        bytes as f64 / 1e6,
        to.display()
    );
    outln!(
        "beside it: flatbench run {} --beside {}",
        packed.suite,
        arguments.to.as_deref().or(arguments.remake.as_deref()).unwrap_or_default()
    );
    if bytes > LARGE {
        errln!("warning: that is much for a repository: fewer repetitions or cases, or no --figures, make it smaller");
    }
    Ok(ExitCode::SUCCESS)
}

/// Does the suite of an archive in a run directory of its own; returns that.
fn done_again(name: &str, out: Option<&Path>) -> Result<PathBuf, Failure> {
    let (name, archive) = archives::find(name)?;
    let root = plugins::source_tree()?.map_or_else(PathBuf::new, |tree| tree.root().to_owned());
    let local = || root.join(REPORTS).join("local").join(format!("archive-{name}"));
    let out = out.map_or_else(local, Path::to_owned);
    let suite = archive.join("suite.toml");
    errln!("doing the runs of {} again in {}", quoted_path(&suite), out.display());
    let words = ["flatbench".into(), suite.into_os_string(), "--out".into(), out.clone().into_os_string()];
    let Run { arguments } = Run::try_parse_from(words).map_err(Failure::trouble)?;
    run::run(&arguments)?;
    Ok(out)
}

/// Where an archive is to stand.
fn place(to: &str) -> Result<PathBuf, Failure> {
    if to.contains('/') || Path::new(to).is_absolute() {
        return Ok(PathBuf::from(to));
    }
    let is_name = !to.is_empty()
        && !to.starts_with('.')
        && to != "local"
        && to.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if !is_name {
        return Err(Failure::usage(format!(
            "`{to}` is no name of an archive (letters, digits, - _ and ., not `local`; or give a folder such as ./{to})"
        )));
    }
    let tree = plugins::source_tree()?;
    tree.map(|tree| tree.root().join(REPORTS).join(to)).ok_or_else(|| {
        Failure::usage(format!(
            "there is no source tree here for {REPORTS}/{to} (give a folder: flatbench archive DIR ./{to})"
        ))
    })
}
