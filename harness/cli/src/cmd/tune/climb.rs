//! The search itself, rung after rung.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flatbench_records::directory;
use flatbench_records::{Environment, Init, Record, quoted_path};
use flatbench_runner::plan::{Filter, Ranked, Stage, rank};
use flatbench_runner::plugins::Plugin;
use flatbench_runner::session::{self, Options, Summary};
use flatbench_runner::tune::{Left, Rung, Search};
use flatbench_runner::{Catalog, Interruption, name_of_signal};

use super::arguments::Arguments;
use super::plan::runs;
use crate::catalog::Families;
use crate::cmd::run::{patiently, trouble};
use crate::output::{errln, outln};
use crate::status::Failure;
use crate::{last_report, progress, workers};

/// What a search is done with.
pub struct Climb<'a> {
    pub arguments: &'a Arguments,
    pub search: &'a Search<'a>,
    pub plugins: &'a [Plugin],
    pub environment: &'a Environment,
    pub interruption: &'a Interruption,
    /// Folder of the rungs.
    pub out: &'a Path,
}

/// Where an optimizer stands after a rung, from a start.
pub struct Standing {
    /// Trials of that rung, in the order of their settings in its suite.
    pub trials: Vec<usize>,
    /// How they did.
    pub ranked: Ranked,
}

impl Standing {
    /// The best trial.
    pub fn best(&self) -> Option<usize> {
        self.ranked.order.first().and_then(|&place| self.trials.get(place)).copied()
    }
}

/// A rung that is done.
pub struct Done {
    pub rung: Rung,
    /// Its run directory.
    pub directory: PathBuf,
    /// Its report.
    pub page: PathBuf,
    pub standings: BTreeMap<(String, Init), Standing>,
    pub records: Vec<Record>,
}

impl Climb<'_> {
    /// Does all rungs; of each optimizer the best settings from each start go on.
    pub fn all(&self, rungs: &[Rung]) -> Result<Vec<Done>, Failure> {
        let mut left = self.search.all();
        let mut done = Vec::new();
        for (place, rung) in rungs.iter().enumerate() {
            if let Some(signal) = self.interruption.signal() {
                errln!("stopped by {} before rung {}; the same command continues", name_of_signal(signal), rung.number);
                return Err(Failure::Interrupted(signal));
            }
            let own = self.rung(rung, &left)?;
            if let Some(next) = rungs.get(place + 1) {
                left = left.into_iter().map(|(place, trials)| going_on(&own, next, place, trials)).collect();
            }
            done.push(own);
        }
        Ok(done)
    }

    fn rung(&self, rung: &Rung, left: &Left) -> Result<Done, Failure> {
        let suite = self.search.suite_of(rung, left);
        let directory = self.out.join(format!("rung-{}", rung.number));
        let options = self.options(&directory)?;
        if !self.arguments.quiet {
            outln!("rung {}: {} settings at {}", rung.number, rung.trials, rung.budget());
        }
        let mut display = progress::display(self.arguments.quiet);
        let mut execute =
            || session::execute(&suite, self.plugins, self.environment, &options, self.interruption, display.as_mut());
        let summary = patiently(self.interruption, &mut execute).map_err(trouble)?;
        if let Some(signal) = summary.interrupted {
            return Err(self.stopped(rung, &directory, &summary, signal));
        }
        let page = flatbench_report::write(&directory, &[], Families::new().families()).map_err(Failure::trouble)?;
        let records: BTreeMap<&str, &Record> = summary.records.iter().map(|own| (own.key.as_str(), own)).collect();
        let ranked = rank(&runs(&suite, self.plugins), self.search.rule, &|key| records.get(key).copied(), &|key| {
            directory::trajectory(&directory, key)
        })
        .map_err(Failure::trouble)?;
        let standing = |(place, ranked): ((String, Init), Ranked)| {
            let trials = left.get(&place).cloned().unwrap_or_default();
            (place, Standing { trials, ranked })
        };
        let standings = ranked.into_iter().map(standing).collect();
        Ok(Done { rung: *rung, directory, page, standings, records: summary.records })
    }

    fn options(&self, directory: &Path) -> Result<Options, Failure> {
        let Arguments { jobs, fresh, retry_failed, memory_limit, .. } = self.arguments;
        let limit = memory_limit.map_or_else(workers::default_memory, |memory| memory.bytes);
        Ok(Options {
            beside: Vec::new(),
            out: directory.to_owned(),
            filter: Filter::default().with_stage(Stage::Tuning),
            elsewhere: Vec::new(),
            jobs: jobs.map_or_else(workers::default_jobs, usize::from),
            tier: Default::default(),
            fresh: *fresh,
            retry_failed: *retry_failed,
            memory: limit,
            keep_parameters: false,
            programs: workers::programs(limit)?,
        })
    }

    fn stopped(&self, rung: &Rung, directory: &Path, summary: &Summary, signal: u8) -> Failure {
        let (out, recorded, missing) = (directory.display(), summary.records.len(), summary.missing);
        errln!(
            "stopped by {} in rung {}: {recorded} runs are recorded in {out}, {missing} are missing; the same command continues",
            name_of_signal(signal),
            rung.number
        );
        self.interruption.forget();
        match last_report::draw(directory, self.interruption) {
            Ok(page) => errln!("report so far: {}", page.display()),
            Err(reason) => errln!("no report: {reason} (`flatbench report {}` draws it)", quoted_path(directory)),
        }
        Failure::Interrupted(signal)
    }
}

/// The trials of an optimizer from a start that go on. Where nothing was searched, as many as elsewhere, so that the suite stays one.
fn going_on(done: &Done, next: &Rung, place: (String, Init), trials: Vec<usize>) -> ((String, Init), Vec<usize>) {
    let best = match done.standings.get(&place) {
        Some(standing) => standing.ranked.best(&standing.trials, next.trials),
        None => trials.into_iter().take(next.trials).collect(),
    };
    (place, best)
}
