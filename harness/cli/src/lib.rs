//! flatbench: which minimum does an optimizer find, how flat is it, and did it recover the truth?
//!
//! The command line as a library, so that it can be a program of its own and part of a Python package: [`main`].

// Input reaches this crate: what it says must not end the process.
#![warn(clippy::expect_used, clippy::unwrap_used)]

mod archives;
mod beside;
mod catalog;
mod cluster;
mod cmd;
mod edges;
mod environment;
mod events;
mod last_report;
mod listing;
mod output;
mod pace;
mod parameter;
mod part;
mod pause;
mod plugins;
mod program;
mod progress;
mod quantity;
mod rerun;
mod sameness;
mod search;
mod share;
mod status;
mod study;
mod suites;
mod table;
mod terminal;
mod toml;
mod workers;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

pub use catalog::Families;
pub use cmd::export::columns;
pub use program::Program;
pub use suites::{BUILT_IN, BuiltIn};

use crate::cmd::{
    archive, cancel, compare, completions, env, export, export_instance, gallery, list, man, merge, plugin, replay,
    report, run, status as standing, submit, tune, verify, watch, worker,
};

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
    /// Search settings for optimizers, as many trials for each; the same command continues
    Tune(tune::Arguments),
    /// Draw the report of a run directory again from its records
    Report(report::Arguments),
    /// List suites, families, optimizers, metrics or archives
    List(list::Arguments),
    /// Make, check, copy or look at plugins
    Plugin(plugin::Arguments),
    /// Show the machine, the versions and the plugins with their hashes
    Env(env::Arguments),
    /// Write an instance of a case as .npy files, for other programs
    ExportInstance(export_instance::Arguments),
    /// Check known answers, or run a sample of a run directory again and compare bit for bit
    Verify(verify::Arguments),
    /// Do one recorded run again, alone, and show its trajectory
    Replay(replay::Arguments),
    /// Draw a page with a card for every optimizer of a run directory, and pictures of problems with two parameters
    Gallery(gallery::Arguments),
    /// Show what changed between two run directories, with intervals
    Compare(compare::Arguments),
    /// Write the records of a run directory as a table
    Export(export::Arguments),
    /// Show what a run in progress has found so far, again every few seconds
    Watch(watch::Arguments),
    /// Pack a run directory to be kept, and to stand beside others by its name
    Archive(archive::Arguments),
    /// Join run directories of one suite, such as the parts of a sharded plan
    Merge(merge::Arguments),
    /// Run a suite in parts on the nodes of a cluster; submit again to continue
    Submit(submit::Arguments),
    /// Show where a submitted suite stands
    Status(standing::Arguments),
    /// End the tasks of a submitted suite; what is recorded is kept
    Cancel(cancel::Arguments),
    /// Print what a shell completes the command line by
    Completions(completions::Arguments),
    /// Write the help as manual pages
    Man(man::Arguments),
    #[command(name = "__worker", hide = true)]
    Worker(worker::Arguments),
}

/// The command line as users know it, for what is generated from it: generators show hidden subcommands too.
fn command_line() -> clap::Command {
    let all = Arguments::command();
    let shown = all.get_subcommands().filter(|own| !own.is_hide_set()).cloned();
    clap::Command::new("flatbench")
        .version(env!("CARGO_PKG_VERSION"))
        .propagate_version(true)
        .subcommand_required(true)
        .about(all.get_about().cloned().unwrap_or_default())
        .after_long_help(status::HELP)
        .subcommands(shown)
}

/// Does what the arguments say, the first of which is the name of the program.
pub fn main(program: Program, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    program.set();
    let status = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => command(arguments.command),
        Err(said) => output::of_clap(&said),
    };
    output::finish().unwrap_or(status)
}

fn command(command: Command) -> ExitCode {
    let result = match command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Tune(arguments) => tune::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
        Command::Plugin(arguments) => plugin::run(&arguments),
        Command::Env(arguments) => env::run(&arguments),
        Command::ExportInstance(arguments) => export_instance::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Gallery(arguments) => gallery::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Watch(arguments) => watch::run(&arguments),
        Command::Archive(arguments) => archive::run(&arguments),
        Command::Merge(arguments) => merge::run(&arguments),
        Command::Submit(arguments) => submit::run(&arguments),
        Command::Status(arguments) => standing::run(&arguments),
        Command::Cancel(arguments) => cancel::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
        Command::Worker(arguments) => return worker::run(&arguments),
    };
    result.unwrap_or_else(|failure| failure.report())
}
