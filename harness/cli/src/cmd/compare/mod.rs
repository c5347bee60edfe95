//! `flatbench compare`: what changed between two sets of records.

mod difference;
mod pairing;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::output::{self, out};
use crate::rerun;
use crate::status::Failure;
use difference::Difference;

#[derive(Args)]
pub struct Arguments {
    /// Run directory before the change
    before: PathBuf,
    /// Run directory after it
    after: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let (before, after) = (rerun::records(&arguments.before)?, rerun::records(&arguments.after)?);
    let difference = Difference::between(&before, &after);
    if arguments.json {
        output::json(&difference)?;
    } else {
        out!("{difference}");
    }
    Ok(ExitCode::SUCCESS)
}
