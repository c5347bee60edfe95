//! `flatbench verify`: is this build to be trusted? Runs whose answers are known, or a sample of recorded runs again.

mod answers;
mod check;
mod closeness;
mod label_noise;
mod planted;
mod repetition;
mod suites;
mod weight_noise;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use serde_json::json;

use crate::output::{self, outln};
use crate::plugins::PluginArguments;
use crate::status::{Failure, SOME_FAILED};
use crate::workers;
use check::Check;

#[derive(Args)]
pub struct Arguments {
    /// Run directory, or name of an archive, of which a random sample is run again and compared: bit for bit, or, where this processor has
    /// other instruction sets than the one that it was made on, within tolerances; without it, known answers are checked
    dir: Option<PathBuf>,
    /// Runs in the sample
    #[arg(long, value_name = "N", default_value = "5", requires = "dir")]
    sample: NonZeroUsize,
    /// Run libraries that were built anew from the same version of a plugin in the place of those that the records are of
    #[arg(long, requires = "dir")]
    rebuilt: bool,
    /// Worker processes at a time [default: the cores that it may use]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    plugins: PluginArguments,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let jobs = match arguments.jobs {
        Some(jobs) => usize::from(jobs),
        None => workers::default_jobs(),
    };
    let begun = Instant::now();
    let mut checks = Vec::new();
    let mut keep = |check: Check| {
        if !arguments.json {
            outln!("{check}");
        }
        checks.push(check);
    };
    match &arguments.dir {
        Some(dir) => repetition::checks(dir, arguments, jobs, &mut keep)?,
        None => {
            planted::checks(&mut keep);
            let bench = suites::Bench::new(&arguments.plugins, jobs, arguments.json)?;
            weight_noise::checks(&bench, &mut keep)?;
            label_noise::checks(&bench, &mut keep)?;
            answers::checks(&bench, &mut keep)?;
        }
    }
    let failed = checks.iter().filter(|check| !check.passed).count();
    let seconds = begun.elapsed().as_secs_f64();
    if arguments.json {
        let report = json!({ "passed": failed == 0, "seconds": seconds, "checks": checks });
        output::json(&report)?;
    } else {
        outln!("\n{} of {} checks passed in {seconds:.1} s", checks.len() - failed, checks.len());
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(SOME_FAILED) })
}
