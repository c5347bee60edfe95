//! The hidden command that other commands start: the process that touches plugins.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use flatbench_runner::confinement::confine;

use super::plugin;

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
        eprintln!("worker: cannot confine itself: {error}");
        return ExitCode::from(4);
    }
    let library = match &arguments.command {
        None => return flatbench_worker::serve(),
        Some(Command::Check(inspection)) => return plugin::inspect(inspection),
        Some(Command::Describe { library }) => library,
    };
    let described = flatbench_worker::describe(library)
        .and_then(|description| serde_json::to_string(&description).map_err(|error| error.to_string()));
    match described {
        Ok(json) => {
            println!("{json}");
            ExitCode::SUCCESS
        }
        Err(text) => {
            eprintln!("{}", text.replace('\n', " "));
            ExitCode::from(2)
        }
    }
}
