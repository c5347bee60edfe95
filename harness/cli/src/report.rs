//! `flatbench report`: the report again, from the records.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::status::Failure;

#[derive(Args)]
pub struct Arguments {
    /// Run directory, as `flatbench run` wrote it
    dir: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if !arguments.dir.join("records.jsonl").is_file() {
        let dir = arguments.dir.display();
        return Err(Failure::usage(format!("{dir} is no run directory: it has no records.jsonl")));
    }
    let page = flatbench_report::write(&arguments.dir).map_err(Failure::trouble)?;
    println!("{}", page.display());
    Ok(ExitCode::SUCCESS)
}
