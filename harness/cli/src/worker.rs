//! The hidden command that other commands start: the process that touches plugins.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use flatbench_runner::confinement::confine;

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
}

pub fn run(arguments: &Arguments) -> ExitCode {
    if let Err(error) = confine(arguments.memory_limit) {
        eprintln!("worker: cannot confine itself: {error}");
        return ExitCode::from(4);
    }
    let Some(Command::Describe { library }) = &arguments.command else {
        return flatbench_worker::serve();
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
