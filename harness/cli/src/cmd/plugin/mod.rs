//! `flatbench plugin`: making, checking, copying and looking at plugins.

mod check;
mod copy;
mod new;
mod show;

use std::process::ExitCode;

use clap::{Args, Subcommand};

pub use check::{Inspection, inspect};

use crate::status::Failure;

#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write a new optimizer that can be run at once
    New(new::Arguments),
    /// Hold a plugin against the contract; each failure says what to change
    Check(check::Arguments),
    /// Copy libraries with a list of them to a folder, for machines that have neither source tree nor compiler
    Copy(copy::Arguments),
    /// Show what a plugin is, its hyper-parameters, and TOML to paste into a suite
    Show(show::Arguments),
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.command {
        Command::New(arguments) => new::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Copy(arguments) => copy::run(arguments),
        Command::Show(arguments) => show::run(arguments),
    }
}
