//! flatbench: which minimum does an optimizer find, how flat is it, and did it recover the truth?

mod catalog;
mod env;
mod list;
mod plugin;
mod plugins;
mod progress;
mod report;
mod run;
mod size;
mod status;
mod suites;
mod table;
mod worker;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Compare the implicit bias of optimizers: which minimum they find, how flat it is, and whether it recovers the truth.
#[derive(Parser)]
#[command(name = "flatbench", version, propagate_version = true, after_long_help = status::HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a suite and write its report; run again to continue
    Run(run::Arguments),
    /// Draw the report of a run directory again from its records
    Report(report::Arguments),
    /// List suites, families or optimizers
    List(list::Arguments),
    /// Look at plugins
    Plugin(plugin::Arguments),
    /// Show the machine, the versions and the plugins with their hashes
    Env(env::Arguments),
    #[command(name = "__worker", hide = true)]
    Worker(worker::Arguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
        Command::Plugin(arguments) => plugin::run(&arguments),
        Command::Env(arguments) => env::run(&arguments),
        Command::Worker(arguments) => return worker::run(&arguments),
    };
    result.unwrap_or_else(|failure| failure.report())
}
