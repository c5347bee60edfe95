//! `flatbench completions`: what a shell completes the command line by.

use std::process::ExitCode;

use clap::Args;
use clap_complete::{Shell, generate};

use crate::output;
use crate::status::Failure;

#[derive(Args)]
#[command(after_help = "For one user:\n\
    \x20 flatbench completions bash > ~/.local/share/bash-completion/completions/flatbench\n\
    \x20 flatbench completions zsh > DIR/_flatbench    (DIR in $fpath, before compinit)\n\
    \x20 flatbench completions fish > ~/.config/fish/completions/flatbench.fish")]
pub struct Arguments {
    /// The shell that reads them
    shell: Shell,
}

/// Prints the script for a shell.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut crate::command_line(), "flatbench", &mut script);
    output::write(&script);
    Ok(ExitCode::SUCCESS)
}
