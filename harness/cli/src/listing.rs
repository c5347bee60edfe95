//! The plan as `flatbench run --list` prints it.

use flatbench_records::protocol::Tier;
use flatbench_records::{CallKind, Reading};
use flatbench_runner::plan::{Choice, Chosen, Plan, PlannedRun, choose};
use flatbench_runner::plugins::Plugin;
use flatbench_runner::store::StoreError;
use flatbench_runner::suite::Suite;

use crate::output::outln;
use crate::part::Part;
use crate::status::Failure;

/// The runs of a part, before any is done.
pub struct Planned {
    /// Those that tune.
    pub tuning: Vec<PlannedRun>,
    /// Those that are compared.
    pub evaluation: Vec<PlannedRun>,
    /// Whether their settings are known; or else their keys may be others in the end.
    chosen: bool,
}

impl Planned {
    /// Plans a part.
    pub fn new(suite: &Suite, plugins: &[Plugin], tier: Tier, part: &Part) -> Result<Self, Failure> {
        let plan = Plan::new(suite, plugins, tier);
        let mut tuning = plan.tuning(&part.filter);
        let mut chosen = Chosen::default();
        let mut all_known = false;
        if let Some(elsewhere) = &part.tuned {
            let is_missing = |run: &PlannedRun| elsewhere.record(&run.key).is_none();
            all_known = !tuning.iter().any(is_missing);
            if let Some(own) = suite.tuning().filter(|_| all_known) {
                chosen = choose(&tuning, own.rule, &|key| elsewhere.record(key), &|key| elsewhere.trajectory(key))
                    .map_err(|error: StoreError| Failure::trouble(error))?;
            }
            tuning.retain(is_missing);
        }
        let choice = if suite.tuning().is_some() { Choice::Tuned(&chosen) } else { Choice::All };
        Ok(Planned { evaluation: plan.evaluation(choice, &part.filter), tuning, chosen: all_known })
    }

    /// Prints each run, the data files, and the numbers.
    pub fn print(&self, suite: &Suite) {
        for (case, reading) in readings(suite) {
            outln!("data file of {case}");
            reading.facts().iter().for_each(|(what, finding)| outln!("    {what:<12}  {finding}"));
        }
        for run in &self.tuning {
            outln!(
                "tuning      {}  {} {} #{} {} setting {}",
                run.key,
                run.case.name,
                run.init().name(),
                run.repetition,
                run.optimizer,
                run.setting + 1
            );
        }
        for run in &self.evaluation {
            let place = format!("{} {} #{} {}", run.case.name, run.init().name(), run.repetition, run.optimizer);
            match suite.tuning() {
                Some(tuning) if tuning.covers(&run.case.name) && !self.chosen && !is_fixed(suite, run) => {
                    outln!("evaluation  {:<32}  {place} setting chosen by {}", "-", tuning.rule.name());
                }
                _ => outln!("evaluation  {}  {place} setting {}", run.key, run.setting + 1),
            }
        }
        let prices: Vec<String> =
            CallKind::ALL.into_iter().map(|kind| format!("{} {}", kind.name(), kind.cost())).collect();
        outln!("prices in full-gradient equivalents: {}", prices.join(", "));
        outln!("{} tuning and {} evaluation runs", self.tuning.len(), self.evaluation.len());
    }
}

/// How the data file of each case that has one was read.
pub fn readings(suite: &Suite) -> impl Iterator<Item = (&str, &Reading)> {
    suite.cases().iter().filter_map(|case| Some((case.name(), case.reading()?)))
}

/// Whether the optimizer has a single setting from this start, so that the key is known before tuning.
fn is_fixed(suite: &Suite, run: &PlannedRun) -> bool {
    let optimizer = suite.optimizers().iter().find(|known| known.name() == run.optimizer);
    optimizer.is_some_and(|optimizer| optimizer.settings(run.init()).len() == 1)
}
