//! `flatbench man`: the help as manual pages.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use clap_mangen::generate_to;

use crate::output::outln;
use crate::status::Failure;

#[derive(Args)]
pub struct Arguments {
    /// Folder to write to, made where it is missing; `man` finds one that is called man1 in a folder of MANPATH
    dir: PathBuf,
}

/// Writes one page for the program and one for each subcommand.
pub fn run(Arguments { dir }: &Arguments) -> Result<ExitCode, Failure> {
    let trouble = |error| Failure::trouble(anyhow::anyhow!("cannot write manual pages to {}: {error}", dir.display()));
    std::fs::create_dir_all(dir).and_then(|()| generate_to(crate::command_line(), dir)).map_err(trouble)?;
    outln!("man {}", dir.join("flatbench.1").display());
    Ok(ExitCode::SUCCESS)
}
