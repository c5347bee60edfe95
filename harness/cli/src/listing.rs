//! The plan as `flatbench run --list` prints it.

use clap::ValueEnum;
use flatbench_records::protocol::Tier;
use flatbench_records::{CallKind, Init, Reading, Split};
use flatbench_runner::plan::{Choice, Chosen, Plan, PlannedRun, choose};
use flatbench_runner::plugins::Plugin;
use flatbench_runner::store::StoreError;
use flatbench_runner::suite::Suite;

use crate::output::outln;
use crate::pace::Pace;
use crate::part::Part;
use crate::status::Failure;
use crate::terminal::{output_columns, width, wrapped};

/// What is listed of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Listing {
    /// The number of runs of every case from every start
    Cases,
    /// Every run with its key
    Runs,
}

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

    /// Prints the data files, the runs by case or one by one, and what they may cost.
    pub fn print(&self, suite: &Suite, listing: Listing, pace: &Pace, cost: f64) {
        for (case, reading) in readings(suite) {
            outln!("data file of {case}");
            reading.facts().iter().for_each(|(what, finding)| outln!("    {what:<12}  {finding}"));
        }
        print_axes(suite);
        match listing {
            Listing::Cases => self.print_cases(),
            Listing::Runs => self.print_runs(suite),
        }
        let columns = output_columns();
        let prices: Vec<String> =
            CallKind::ALL.into_iter().map(|kind| format!("{} {}", kind.name(), kind.cost())).collect();
        outln!("{}", wrapped(&format!("prices in full-gradient equivalents: {}", prices.join(", ")), columns, 4));
        outln!("{} tuning and {} evaluation runs", self.tuning.len(), self.evaluation.len());
        outln!("{}", wrapped(&pace.words(self.all(), cost), columns, 4));
        if listing == Listing::Cases {
            outln!("every run with its key: --list=runs");
        }
    }

    fn all(&self) -> impl Iterator<Item = &PlannedRun> {
        self.tuning.iter().chain(&self.evaluation)
    }

    /// A line for every case and start, and one for all.
    fn print_cases(&self) {
        let mut rows: Vec<Row> = Vec::new();
        for run in self.all() {
            let place = (run.case.name.as_str(), run.init());
            let at = rows.iter().position(|row| row.place == place).unwrap_or(rows.len());
            if at == rows.len() {
                rows.push(Row { place, scale: run.case.init_scale, runs: [0; 2], budget: run.case.budget });
            }
            rows[at].runs[usize::from(run.split == Split::Evaluation)] += 1;
        }
        let names = rows.iter().map(|row| width(row.place.0)).max().unwrap_or(0).max("case".len());
        let fill = |name: &str| " ".repeat(names - width(name));
        let starts: Vec<String> = rows.iter().map(|row| row.place.1.times(row.scale)).collect();
        let wide = starts.iter().map(|start| width(start)).max().unwrap_or(0).max("start".len());
        let head = format!("case{}  {:<wide$}  tuning  evaluation    budget", fill("case"), "start");
        let columns = output_columns();
        let is_table = columns.is_none_or(|columns| width(&head) <= columns);
        if is_table {
            outln!("{head}");
        }
        for (Row { place: (case, _), runs: [tuning, evaluation], budget, .. }, start) in rows.into_iter().zip(starts) {
            let space = fill(case);
            if is_table {
                outln!("{case}{space}  {start:<wide$}  {tuning:>6}  {evaluation:>10}  {budget:>8}");
            } else {
                let words = format!("{case}, {start} start: {tuning} tuning, {evaluation} evaluation, budget {budget}");
                outln!("{}", wrapped(&words, columns, 4));
            }
        }
        let budget: f64 = self.all().map(|run| run.case.budget).sum();
        let words = format!("the budget of a run is in full-gradient equivalents; {budget:.2e} for all of them");
        outln!("{}", wrapped(&words, columns, 4));
    }

    fn print_runs(&self, suite: &Suite) {
        for run in &self.tuning {
            outln!(
                "tuning      {}  {} {} #{} {} setting {}",
                run.key,
                run.case.name,
                run.init().times(run.case.init_scale),
                run.repetition,
                run.optimizer,
                run.setting + 1
            );
        }
        for run in &self.evaluation {
            let place = format!(
                "{} {} #{} {}",
                run.case.name,
                run.init().times(run.case.init_scale),
                run.repetition,
                run.optimizer
            );
            match suite.tuning() {
                Some(tuning) if tuning.covers(&run.case.name) && !self.chosen && !is_fixed(suite, run) => {
                    outln!("evaluation  {:<32}  {place} setting chosen by {}", "-", tuning.rule.name());
                }
                _ => outln!("evaluation  {}  {place} setting {}", run.key, run.setting + 1),
            }
        }
    }
}

/// What is swept: of cases and of settings, and what becomes of the settings.
fn print_axes(suite: &Suite) {
    let columns = output_columns();
    for series in suite.case_variations() {
        outln!("{}", wrapped(&format!("swept cases {series}: {} cases", series.count), columns, 4));
    }
    for settings in suite.setting_variations() {
        let fate = match suite.tuning() {
            Some(tuning) => format!("one is chosen by `{}`", tuning.rule.name()),
            None => "all are evaluated".to_owned(),
        };
        outln!("{}", wrapped(&format!("swept settings {settings}: {} settings, {fate}", settings.count), columns, 4));
    }
}

/// Runs of a case from a start.
struct Row<'a> {
    place: (&'a str, Init),
    /// What its points are multiplied by.
    scale: Option<f64>,
    /// Those that tune, and those that are compared.
    runs: [usize; 2],
    budget: f64,
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
