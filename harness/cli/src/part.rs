//! Which part of a study is run: options of `flatbench run`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use flatbench_runner::plan::{Division, Filter, Plan, Shard, Stage};
use flatbench_runner::store::Elsewhere;
use flatbench_runner::suite::Suite;

use crate::output::outln;
use crate::status::Failure;

/// What is done of the plan.
#[derive(Args)]
pub struct PartArguments {
    /// Do part I of N of the plan, in a run directory of its own; `flatbench merge` joins the parts, which cost about the same. I
    /// counts from 1 or from 0: part 0 is part N
    #[arg(long, value_name = "I/N", value_parser = shard)]
    pub shard: Option<Shard>,
    /// Do the runs that choose settings and compare none: --shard then divides these
    #[arg(long, value_name = "STAGE", value_parser = ["tuning"], conflicts_with = "tuned_in")]
    pub stage: Option<String>,
    /// Choose settings by the tuning runs in this run directory, done with --stage tuning and merged: --shard then divides the runs
    /// that are compared. A tuning run that is missing there is done where it is needed
    #[arg(long, value_name = "DIR")]
    pub tuned_in: Option<PathBuf>,
}

/// Reads `2/8`.
fn shard(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    parts
        .and_then(|(i, n)| Shard::new(i, n))
        .ok_or_else(|| "expected I/N with I from 1 to N, or from 0 to N - 1, such as 2/8".to_owned())
}

/// A part of a plan.
pub struct Part {
    /// What is kept.
    pub filter: Filter,
    /// Tuning runs that are recorded elsewhere.
    pub tuned: Option<Arc<Elsewhere>>,
    /// Which of several it is, and how all were divided.
    pub of: Option<(Shard, Division)>,
}

impl PartArguments {
    /// The part of what `filter` keeps that the options want.
    pub fn take(&self, suite: &Suite, plan: &Plan<'_>, filter: Filter) -> Result<Part, Failure> {
        let (stage, option) = match (&self.stage, &self.tuned_in) {
            (Some(_), _) => (Stage::Tuning, "--stage tuning"),
            (None, Some(_)) => (Stage::Evaluation, "--tuned-in"),
            (None, None) => (Stage::Both, ""),
        };
        if stage != Stage::Both && plan.size(&filter).tuning == 0 {
            return Err(Failure::usage(format!(
                "no setting is chosen by tuning in what is asked for of the suite `{}` (leave out {option})",
                suite.name()
            )));
        }
        let filter = filter.with_stage(stage);
        let of = match self.shard {
            Some(shard) => {
                let division = Division::new(suite, &filter, stage, shard.count()).map_err(Failure::usage)?;
                Some((shard, division))
            }
            None => None,
        };
        let filter = of.as_ref().map_or(filter.clone(), |(shard, division)| filter.with_part(*shard, division));
        let tuned = match &self.tuned_in {
            Some(folder) => {
                let runs = plan.tuning(&filter);
                let keys: BTreeSet<&str> = runs.iter().map(|run| run.key.as_str()).collect();
                let found = Elsewhere::read(folder, suite.name(), Some(&keys));
                Some(Arc::new(found.map_err(|error| match error.is_refusal() {
                    true => Failure::usage(error),
                    false => Failure::trouble(error),
                })?))
            }
            None => None,
        };
        Ok(Part { filter, tuned, of })
    }
}

impl Part {
    /// What it is expected to cost, in multiply-adds.
    pub fn cost(&self, suite: &Suite) -> Result<f64, Failure> {
        let whole;
        let (index, division) = match &self.of {
            Some((shard, division)) => (shard.index(), division),
            None => {
                whole = Division::new(suite, &self.filter, self.filter.stage(), 1).map_err(Failure::usage)?;
                (1, &whole)
            }
        };
        Ok(division.portions().get(index - 1).map_or(0.0, |portion| portion.cost))
    }

    /// Prints how large the part is, and how well all are balanced, where it is one of several.
    pub fn print_share(&self) {
        let Some((shard, division)) = &self.of else { return };
        let portions = division.portions();
        let total: f64 = portions.iter().map(|portion| portion.cost).sum();
        let own = portions.get(shard.index() - 1).map_or(0.0, |portion| portion.cost);
        let again = match division.repeated_tuning() {
            0 => String::new(),
            runs => format!("; {runs} tuning runs are done again in another part, which two stages would save"),
        };
        outln!(
            "part {} of {}: {:.2} % of the cost; the largest part costs {:.2} times the mean, and side by side the parts are {:.1} \
             times as fast as one after the other{again}",
            shard.index(),
            shard.count(),
            100.0 * own / total,
            division.imbalance(),
            division.speedup()
        );
    }
}
