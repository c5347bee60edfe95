//! What a report is drawn beside: options of `flatbench run` and `flatbench report`, and what a run directory remembers of them.

use std::path::{Path, PathBuf};

use clap::Args;
use flatbench_records::directory::{self, BESIDE, Beside};
use flatbench_records::with_data_hash;
use flatbench_report::Spot;
use flatbench_runner::plan::PlannedRun;

use crate::output::errln;
use crate::rerun::is_run_directory;
use crate::status::Failure;
use crate::{archives, study::Voice};

/// What stands beside.
#[derive(Args, Clone, Default)]
pub struct BesideArguments {
    /// Draw the runs among those of an archive (`flatbench list archives`) or of any run directory, paired on the same instances and starts
    /// (repeatable). The run directory remembers it
    #[arg(long, value_name = "NAME|DIR")]
    pub beside: Vec<String>,
    /// Draw them among no others, and forget what was named before
    #[arg(long, conflicts_with = "beside")]
    pub alone: bool,
}

impl BesideArguments {
    /// What is meant for reports of these run directories: what is named, or what they remember.
    pub fn take(&self, directories: &[&Path]) -> Result<Vec<Beside>, Failure> {
        if self.alone {
            return Ok(Vec::new());
        }
        if self.beside.is_empty() {
            return Ok(directories.iter().flat_map(|directory| recall(directory)).collect());
        }
        let mut all: Vec<Beside> = Vec::new();
        for text in &self.beside {
            let (name, directory) = archives::find(text)?;
            let own =
                |other: &&Path| other.canonicalize().is_ok_and(|other| directory.canonicalize().ok() == Some(other));
            if directories.iter().any(own) {
                return Err(Failure::usage(format!("{text} cannot stand beside itself (name another run directory)")));
            }
            let taken = |name: &str| all.iter().any(|one| one.name == name);
            // Two folders may have one name.
            let name = if taken(&name) { directory.display().to_string() } else { name };
            if !all.iter().any(|one| one.directory == directory) {
                all.push(Beside { name, directory });
            }
        }
        Ok(all)
    }

    /// Whether it is asked for here, and not remembered.
    pub fn is_given(&self) -> bool {
        self.alone || !self.beside.is_empty()
    }
}

/// What reports of a run directory are drawn beside. An archive that has gone from its place is looked for by its name; the report says of
/// one that is nowhere that it is.
pub fn recall(directory: &Path) -> Vec<Beside> {
    let remembered = directory::beside(directory).unwrap_or_else(|error| {
        errln!("warning: cannot read {}: {error}; drawn without what it names", directory.join(BESIDE).display());
        Vec::new()
    });
    let found = |one: Beside| match is_run_directory(&one.directory) {
        Ok(true) => one,
        _ => match archives::all().ok().and_then(|mut all| all.remove(&one.name)) {
            Some(directory) => Beside { directory, ..one },
            None => one,
        },
    };
    remembered.into_iter().map(found).collect()
}

/// Remembers it.
pub fn remember(directory: &Path, beside: &[Beside]) -> Result<(), Failure> {
    directory::set_beside(directory, beside).map_err(|error| {
        Failure::trouble(anyhow::anyhow!("cannot write {}: {error}", directory.join(BESIDE).display()))
    })
}

/// Says what of the archives pairs with runs at these spots, of this version of the numbers.
///
/// # Errors
/// One of which nothing pairs, with the reasons, where it was asked for.
pub fn foresee(
    beside: &[Beside],
    spots: &[Spot],
    numerics: Option<u32>,
    given: bool,
    voice: Voice,
) -> Result<(), Failure> {
    if spots.is_empty() {
        return Ok(());
    }
    let mut refused = Vec::new();
    for one in beside {
        match flatbench_report::foresee(spots, numerics, one) {
            Ok(pairing) => {
                let (runs, name) = (pairing.pairs.len(), &one.name);
                voice.note(&format!("beside {name}: {runs} of {} runs pair", pairing.offered));
                pairing.left_out.iter().for_each(|line| voice.note(&format!("beside {name}: left out: {line}")));
            }
            Err(reasons) => refused.push((&one.name, reasons)),
        }
    }
    let words = |(name, reasons): &(&String, Vec<String>)| {
        let reasons: Vec<String> = reasons.iter().map(|reason| format!("    {reason}")).collect();
        format!("nothing of {name} can stand beside this:\n{}", reasons.join("\n"))
    };
    let text = refused.iter().map(words).collect::<Vec<_>>().join("\n");
    match (refused.is_empty(), given) {
        (true, _) => Ok(()),
        (false, true) => {
            let all = format!("{text}\n(nothing was done; leave out --beside, or name an archive of these instances)");
            Err(Failure::Usage(all.lines().enumerate().map(|(n, line)| said(n, line)).collect()))
        }
        (false, false) => {
            voice.warn(&text);
            Ok(())
        }
    }
}

fn said(place: usize, line: &str) -> String {
    crate::output::line(format_args!("{}{line}", if place == 0 { "error: " } else { "" }))
}

/// Where planned runs stand.
pub fn spots(planned: &[PlannedRun]) -> Vec<Spot> {
    let mut all: Vec<Spot> = Vec::new();
    for run in planned {
        // Runs of one instance follow each other in a plan.
        let is_known = |spot: &Spot| {
            (spot.instance_seed, spot.init, &spot.case) == (run.instance_seed, run.init(), &run.case.name)
        };
        if all.last().is_some_and(is_known) {
            continue;
        }
        all.push(Spot {
            suite: run.suite.to_string(),
            case: run.case.name.clone(),
            family: run.case.family.clone(),
            parameters: with_data_hash(run.case.parameters.clone(), run.data_hash.as_deref()),
            init: run.init(),
            init_scale: run.case.init_scale,
            repetition: run.repetition,
            instance_seed: run.instance_seed,
            budget: run.case.budget,
            stop_at_loss: run.case.stop_at_loss,
            start: None,
        });
    }
    all
}

/// Writes what a report of parts that are still to be joined will be drawn beside.
pub fn remember_early(directory: &Path, beside: &[Beside]) -> Result<(), Failure> {
    if beside.is_empty() {
        return Ok(());
    }
    let made: std::io::Result<()> = std::fs::create_dir_all(directory);
    made.map_err(|error| Failure::trouble(anyhow::anyhow!("cannot create {}: {error}", directory.display())))?;
    remember(directory, beside)
}

/// Paths of run directories as they are given to a report.
pub fn paths(directories: &[PathBuf]) -> Vec<&Path> {
    directories.iter().map(PathBuf::as_path).collect()
}
