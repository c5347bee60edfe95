//! `flatbench merge`: run directories of one suite joined into one, such as those of the parts of a plan.

mod index;
mod parts;
mod suite;
mod union;
mod whereabouts;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use flatbench_records::directory::records_name;
use flatbench_runner::store::{StoreError, Union};

use crate::catalog::Families;
use crate::output::{errln, outln};
use crate::status::Failure;
use crate::{beside, rerun};
use flatbench_runner::Catalog;
use index::Index;
use parts::Part;
use whereabouts::Stay;

pub use parts::{none_in, stands_for};

#[derive(Args)]
pub struct Arguments {
    /// Run directories of one suite; a folder with parts/, or one that is no run directory, stands for those in it
    #[arg(required = true, value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// Run directory to join them in; what it holds stays
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Take what is whole of directories that are still being written; the report says what is missing
    #[arg(long)]
    partial: bool,
    /// Draw no report
    #[arg(long)]
    no_report: bool,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

/// Joins the parts of a directory in it.
pub fn parts_of(directory: &Path, quiet: bool) -> Result<ExitCode, Failure> {
    let out = directory.to_owned();
    run(&Arguments { dirs: vec![out.clone()], out, partial: false, no_report: false, quiet })
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let out = &arguments.out;
    let parts = parts::find(&arguments.dirs, out, arguments.partial)?;
    let environments = parts.iter().map(|part| whereabouts::read(&part.path)).collect::<Result<Vec<_>, _>>()?;
    let of_parts: Vec<_> = parts.iter().map(|part| part.path.as_path()).zip(&environments).collect();
    let suite = suite::one(&of_parts)?;

    // Everything is read and held against each other before anything is written.
    let own = Own::find(out)?;
    let own_environment = own.as_ref().and_then(|own| own.environment.as_ref());
    let mut directories: Vec<(&Path, usize)> = Vec::new();
    if own.is_some() {
        directories.push((out, own_environment.map_or(0, |environment| environment.records_before)));
    }
    directories.extend(of_parts.iter().map(|(path, environment)| (*path, environment.records_before)));
    let indices = Index::read_all(&directories).map_err(refused)?;
    let paths: Vec<&Path> = directories.iter().map(|(path, _)| *path).collect();
    let plan = union::hold_together(&paths, &indices, own.is_some())?;
    let (own_index, of_parts) = indices.split_at(usize::from(own.is_some()));
    let going = std::iter::repeat_n(false, own_index.len()).chain(parts.iter().map(|part| part.going));
    for ((path, index), going) in paths.iter().zip(&indices).zip(going) {
        say_flaws(path, index, going);
    }

    let name = out.file_name().unwrap_or_default().to_string_lossy();
    let before = own_index.first().zip(own_environment).map(|(index, environment)| Stay {
        name: &name,
        environment,
        records: index.entries.len(),
        seconds: index.seconds,
        going: false,
    });
    let stays: Vec<Stay<'_>> = (parts.iter().zip(&environments).zip(of_parts))
        .map(|((Part { name, going, .. }, environment), index)| Stay {
            name,
            environment,
            records: index.entries.len(),
            seconds: index.seconds,
            going: *going,
        })
        .collect();
    let environment = whereabouts::join(before.as_ref(), &stays, plan.records());

    let mut joined = Union::open(out, &suite.name).map_err(refused)?;
    joined.describe(&suite.text, &environment).map_err(refused)?;
    let added = plan.carry_out(&mut joined, own_index.first()).map_err(refused)?;
    drop(joined);
    if !arguments.quiet {
        outln!("{} records in {}, {added} of them new", plan.records(), out.display());
    }
    if plan.attempts() > 0 && !arguments.quiet {
        outln!(
            "{} runs ended differently in different attempts: one that completed is kept, or else the latest",
            plan.attempts()
        );
    }
    let short = environment.planned.filter(|planned| planned.whole.total() > plan.records());
    if let Some(planned) = short.filter(|_| !arguments.quiet) {
        outln!("partial: {} runs are planned", planned.whole.total());
    }
    drop((indices, environments));
    if !arguments.no_report {
        let page =
            flatbench_report::write(out, &beside::recall(out), Families::new().families()).map_err(Failure::trouble)?;
        if !arguments.quiet {
            outln!("report: {}", page.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The directory that the others are joined in, where it has records already.
struct Own {
    environment: Option<flatbench_records::Environment>,
}

impl Own {
    fn find(out: &Path) -> Result<Option<Self>, Failure> {
        if !rerun::is_run_directory(out)? {
            return Ok(None);
        }
        // It may have been cut off before that was written.
        let environment = match out.join("environment.json").exists() {
            true => Some(whereabouts::read(out)?),
            false => None,
        };
        Ok(Some(Own { environment }))
    }
}

fn refused(error: StoreError) -> Failure {
    match error.is_refusal() {
        true => Failure::usage(error),
        false => Failure::trouble(error),
    }
}

/// Names the lines that are no records; of a file that is being written, the last one is not there yet.
fn say_flaws(directory: &Path, index: &Index, going: bool) {
    for flaw in &index.flaws {
        if !(going && flaw.kind == flatbench_records::directory::FlawKind::Torn) {
            errln!("{}, {flaw}; left out", directory.join(records_name(directory)).display());
        }
    }
}
