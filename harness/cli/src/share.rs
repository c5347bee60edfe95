//! `flatbench run --share`: several processes, on any number of machines, do one plan in one directory.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use flatbench_records::Environment;
use flatbench_records::directory::{PARTS, is_one};
use flatbench_runner::Interruption;
use flatbench_runner::board::{Board, Claim, Taken};
use flatbench_runner::plan::{Division, Filter, Plan, Shard, Stage};
use flatbench_runner::plugins::Plugin;
use flatbench_runner::session::{self, Options, SessionError};
use flatbench_runner::store::{Elsewhere, StoreError};
use flatbench_runner::suite::Suite;

use crate::cmd::merge;
use crate::output::{errln, outln};
use crate::progress;
use crate::status::{Failure, SOME_FAILED};

/// Most parts of a plan: a process that is killed leaves a small one, and the last ones at work are done soon after each other.
const MOST: usize = 128;

/// A plan that is shared.
pub struct Share<'a> {
    pub suite: &'a Suite,
    pub plugins: &'a [Plugin],
    pub environment: &'a Environment,
    /// Of the whole: `out` is the directory that is shared.
    pub options: &'a Options,
    pub interruption: &'a Interruption,
    pub quiet: bool,
}

/// What came of a part.
enum Came {
    /// It is done; so many runs of it failed.
    Done(usize),
    /// Another process is at it.
    Elsewhere,
}

impl Share<'_> {
    /// Does parts as long as there are any that nobody does, and joins all if the last one is done by then.
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let out = &self.options.out;
        let plan = Plan::new(self.suite, self.plugins, self.options.tier);
        let division = divide(self.suite, &plan, &self.options.filter)?;
        let count = division.portions().len();
        let board = Board::open(out, &plan.digest(&self.options.filter, count)).map_err(trouble)?;
        let name = |index: usize| format!("{index}-of-{count}");
        let mut known = self.options.elsewhere.clone();
        if is_one(out).unwrap_or(false) {
            known.push(self.records_in(out)?);
        }
        let mut failed = 0;
        loop {
            let mut others = Vec::new();
            let mut done_now = 0;
            for (index, name) in (1..=count).map(|index| (index, name(index))) {
                let claim = match board.take(&name).map_err(trouble)? {
                    Taken::Here(claim) => claim,
                    Taken::By(holder) => {
                        others.push(holder);
                        continue;
                    }
                    Taken::Done => continue,
                };
                let Some(shard) = Shard::new(index, count) else { continue };
                self.say(&format!("part {index} of {count}"));
                let filter = self.options.filter.clone().with_part(shard, &division);
                match self.part(&board, &name, filter, &known, claim)? {
                    Came::Done(own) => (done_now, failed) = (done_now + 1, failed + own),
                    Came::Elsewhere => others.push("a process of this machine".to_owned()),
                }
            }
            // In the meantime others may have given up what they had begun.
            match (done_now, others.is_empty()) {
                (0, true) => return self.join(&board, failed),
                (0, false) => return Ok(self.leave(others, failed)),
                _ => {}
            }
        }
    }

    /// Does a part in a run directory of this machine.
    fn part(
        &self,
        board: &Board,
        name: &str,
        filter: Filter,
        known: &[Arc<Elsewhere>],
        claim: Claim,
    ) -> Result<Came, Failure> {
        let own = board.run_directory(name);
        let mut elsewhere = known.to_vec();
        for path in self.others(name, &own)? {
            elsewhere.push(self.records_in(&path)?);
        }
        let options = Options { out: own, filter, elsewhere, beside: Vec::new(), ..self.options.clone() };
        let mut display = progress::display(self.quiet);
        let (suite, interruption) = (self.suite, self.interruption);
        let result = session::execute(suite, self.plugins, self.environment, &options, interruption, display.as_mut());
        let summary = match result {
            Ok(summary) => summary,
            Err(SessionError::Store(StoreError::Locked { .. })) => return Ok(Came::Elsewhere),
            Err(SessionError::Store(error)) => return Err(trouble(error)),
            Err(error) => return Err(Failure::trouble(error)),
        };
        if let Some(signal) = summary.interrupted {
            let out = self.options.out.display();
            errln!(
                "stopped: what is done is in {out}/{PARTS}; the same command continues, as do the processes that share it"
            );
            return Err(Failure::Interrupted(signal));
        }
        claim.finish().map_err(trouble)?;
        Ok(Came::Done(summary.records.iter().filter(|record| record.result.outcome.is_failure()).count()))
    }

    /// The records in a run directory of the plan, so that they are not done again.
    fn records_in(&self, path: &Path) -> Result<Arc<Elsewhere>, Failure> {
        Elsewhere::read(path, self.suite.name(), None).map(Arc::new).map_err(trouble)
    }

    /// Run directories that other machines have of a part.
    fn others(&self, name: &str, own: &Path) -> Result<Vec<PathBuf>, Failure> {
        let out = &self.options.out;
        let list = |error| trouble(StoreError::Io { action: "list", path: out.join(PARTS), source: error });
        let mut found = Vec::new();
        for entry in std::fs::read_dir(out.join(PARTS)).map_err(list)? {
            let entry = entry.map_err(list)?;
            if entry.file_name().to_string_lossy().starts_with(&format!("{name}-")) && entry.path() != own {
                found.push(entry.path());
            }
        }
        found.sort();
        found.retain(|path| is_one(path).unwrap_or(false));
        Ok(found)
    }

    /// Joins the parts, all of which are done, unless another process does.
    fn join(&self, board: &Board, failed: usize) -> Result<ExitCode, Failure> {
        let out = &self.options.out;
        match board.take("join").map_err(trouble)? {
            Taken::Here(_claim) => {
                merge::parts_of(out, self.quiet)?;
            }
            Taken::By(holder) => self.say(&format!("all is done; process {holder} joins the parts")),
            Taken::Done => {}
        }
        Ok(status(failed))
    }

    /// Says who goes on.
    fn leave(&self, mut others: Vec<String>, failed: usize) -> ExitCode {
        if !self.quiet {
            let (parts, out) = (others.len(), self.options.out.display());
            others.sort();
            others.dedup();
            outln!(
                "nothing is left to take of {out}; {parts} parts are still being done by process {} (the last one joins all; if it is \
                 killed, the same command goes on)",
                others.join(", ")
            );
        }
        status(failed)
    }

    fn say(&self, text: &str) {
        if !self.quiet {
            errln!("{text}");
        }
    }
}

/// As many parts as make none of them do tuning that another one does, too.
fn divide(suite: &Suite, plan: &Plan<'_>, filter: &Filter) -> Result<Division, Failure> {
    let size = plan.size(filter);
    let runs = if filter.stage() == Stage::Tuning { size.tuning } else { size.evaluation };
    let mut count = runs.clamp(1, MOST);
    loop {
        let division = Division::new(suite, filter, filter.stage(), count).map_err(Failure::usage)?;
        if count == 1 || division.repeated_tuning() == 0 {
            return Ok(division);
        }
        count = count * 3 / 4;
    }
}

fn status(failed: usize) -> ExitCode {
    ExitCode::from(if failed > 0 { SOME_FAILED } else { 0 })
}

fn trouble(error: StoreError) -> Failure {
    match error.is_refusal() {
        true => Failure::usage(error),
        false => Failure::trouble(error),
    }
}
