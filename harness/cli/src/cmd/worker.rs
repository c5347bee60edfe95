//! The hidden command that other commands start: the process that touches plugins.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use flatbench_runner::confinement::confine;
use flatbench_worker::claim_stdout;

use super::plugin;
use crate::output::errln;

#[derive(Args)]
pub struct Arguments {
    /// Largest address space, in bytes
    #[arg(long)]
    memory_limit: Option<u64>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Print what a library is
    Describe { library: PathBuf },
    /// Hold a library against the contract
    Check(plugin::Inspection),
}

pub fn run(arguments: &Arguments) -> ExitCode {
    if let Err(error) = confine(arguments.memory_limit) {
        errln!("worker: cannot confine itself: {error}");
        return ExitCode::from(4);
    }
    let library = match &arguments.command {
        None => return flatbench_worker::serve(),
        Some(Command::Check(inspection)) => return plugin::inspect(inspection),
        Some(Command::Describe { library }) => library,
    };
    // The library may print while it is opened; the description has the pipe to itself.
    let described =
        claim_stdout().map_err(|error| format!("worker: cannot set its pipes apart: {error}")).and_then(|mut pipe| {
            let description = flatbench_worker::describe(library)?;
            serde_json::to_writer(&mut pipe, &description).map_err(|error| error.to_string())
        });
    match described {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            errln!("{text}");
            ExitCode::from(2)
        }
    }
}
