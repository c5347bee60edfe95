use serde::{Deserialize, Serialize};

use crate::{Environment, Machine};

/// The job of a queue that a session was part of, in the queue's own words.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct QueueJob {
    /// The queue, such as `slurm`.
    pub engine: String,
    /// Number of the job; of an array the number of the whole.
    pub id: String,
    /// Task of an array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// How often the queue had started it before.
    #[serde(default)]
    pub restarts: u32,
    /// Node, by the queue's name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
}

/// Numbers of planned runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanSize {
    /// Runs that choose settings.
    pub tuning: usize,
    /// Runs that are compared.
    pub evaluation: usize,
}

impl PlanSize {
    /// All of them.
    pub fn total(self) -> usize {
        self.tuning + self.evaluation
    }
}

/// What a session set out to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// Part of the plan, such as `3/8`, where it is a part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// Runs of this part; 0 in a directory that others were joined in.
    pub own: PlanSize,
    /// Runs of the whole that it is a part of.
    pub whole: PlanSize,
}

/// A run directory, or a stay of one on some machine, that runs of another one come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Name of its folder.
    pub name: String,
    /// Name of the machine, where it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Job of a queue that it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<QueueJob>,
    /// The machine.
    pub machine: Machine,
    /// What it was to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Planned>,
    /// Records that were made there. Runs that several parts did are counted in each.
    pub records: usize,
    /// Seconds that these runs took, with measuring and references.
    pub seconds: f64,
    /// Records of the whole folder, those of its earlier stays included.
    pub total: usize,
    /// Whether it was still being written when it was read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub going: bool,
}

impl Part {
    /// What tells stays apart.
    fn identity(&self) -> (&str, Option<&str>, Option<&QueueJob>) {
        (&self.name, self.host.as_deref(), self.job.as_ref())
    }
}

impl Environment {
    /// Where the records of a directory of that name come from: `records` in all, of which those made by the last stay took
    /// `seconds`.
    pub fn stays(&self, name: &str, records: usize, seconds: f64) -> Vec<Part> {
        let own = records.saturating_sub(self.records_before);
        let mut stays = self.parts.clone();
        // What others were joined in did nothing itself.
        if own > 0 || self.parts.is_empty() || self.host.is_some() {
            stays.push(Part {
                name: name.to_owned(),
                host: self.host.clone(),
                job: self.job.clone(),
                machine: self.machine.clone(),
                planned: self.planned.clone(),
                records: own,
                seconds,
                total: records,
                going: false,
            });
        }
        stays
    }

    /// Goes on where `before` left off, in a directory of that name with `records`, of which those made by the stay of `before` took
    /// `seconds`.
    pub fn after(mut self, before: &Environment, name: &str, records: usize, seconds: f64) -> Self {
        if records == 0 {
            return self;
        }
        let same = before.host.is_some()
            && before.host == self.host
            && before.job == self.job
            && before.machine.features == self.machine.features;
        if same {
            self.parts.clone_from(&before.parts);
            self.records_before = before.records_before.min(records);
        } else {
            self.parts = before.stays(name, records, seconds);
            self.parts.retain(|part| part.records > 0);
            self.records_before = records;
        }
        self.parts.iter_mut().for_each(|part| part.planned = None);
        self
    }
}

/// Adds the stays of a directory to those that are known; one that is known already is replaced.
pub fn join_parts(known: &mut Vec<Part>, stays: Vec<Part>) {
    for old in known.iter_mut().filter(|old| stays.iter().any(|new| new.name == old.name)) {
        old.planned = None;
    }
    known.retain(|old| {
        let begun_only = old.records == 0 && stays.iter().any(|new| new.name == old.name);
        !begun_only && stays.iter().all(|new| new.identity() != old.identity())
    });
    known.extend(stays);
}
