//! The programs that hand work out to the nodes of a cluster. One more is a module with an [`Engine`] and a name in [`EngineKind`].

mod command;
mod hyperqueue;
mod slurm;

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::chain::Chain;
use super::{Layout, Role};
use crate::status::Failure;

/// The engines that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
#[value(rename_all = "lowercase")]
pub enum EngineKind {
    /// Slurm: job arrays.
    Slurm,
    /// HyperQueue: the tasks of one job.
    HyperQueue,
}

/// What a task is given; of what is absent, what the engine gives by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Resources {
    /// Cores; 1 if absent.
    pub cores: Option<u16>,
    /// Longest time, as the engine writes times.
    pub time: Option<String>,
    /// Memory in bytes.
    pub memory: Option<u64>,
    /// Partition, or queue.
    pub partition: Option<String>,
    /// Account.
    pub account: Option<String>,
    /// Options of the engine's own.
    pub other: Vec<String>,
}

impl Resources {
    /// Cores of a task.
    pub fn cores(&self) -> u16 {
        self.cores.unwrap_or(1)
    }

    /// Names and times that are no single word: they would become options of their own, or lines.
    pub fn is_no_word(&self) -> Option<String> {
        let named = [("--partition", &self.partition), ("--account", &self.account), ("--time", &self.time)];
        let is_word = |text: &str| !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control());
        let words = named.into_iter().filter_map(|(option, value)| Some((option, value.as_deref()?)));
        let wrong = words.filter(|(_, text)| !is_word(text)).map(|(option, text)| (option.to_owned(), text.to_owned()));
        let lines = self.other.iter().filter(|text| text.contains(char::is_control) || !text.starts_with('-'));
        let mut wrong = wrong.chain(lines.map(|text| ("after --".to_owned(), text.clone())));
        wrong.next().map(|(option, text)| match option.as_str() {
            "after --" => format!(
                "{text:?} after -- is no option of the engine's (they begin with -, as in --qos=long, on one line)"
            ),
            option => format!("{option} {text:?} is not one word"),
        })
    }

    /// These, and those of `earlier` where there are none.
    pub fn or(self, earlier: Resources) -> Self {
        Resources {
            cores: self.cores.or(earlier.cores),
            time: self.time.or(earlier.time),
            memory: self.memory.or(earlier.memory),
            partition: self.partition.or(earlier.partition),
            account: self.account.or(earlier.account),
            other: if self.other.is_empty() { earlier.other } else { self.other },
        }
    }
}

/// What has become of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It runs.
    Running,
    /// It will.
    Waiting,
    /// It has ended, well or not.
    Over,
}

/// A task by the engine's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Name of the job.
    pub job: String,
    /// Which part; `None` where it has none.
    pub part: Option<usize>,
    /// What has become of it.
    pub phase: Phase,
    /// The engine's own word for that.
    pub state: String,
    /// Where it runs, or why it does not.
    pub place: String,
}

/// Who hands out.
pub trait Engine {
    /// How users call it.
    fn name(&self) -> &'static str;

    /// The variable of a task's shell that holds the number of its part.
    fn part(&self) -> &'static str;

    /// Why something cannot be submitted to it from this folder.
    fn obstacle(&self, layout: &Layout, resources: &Resources) -> Option<String>;

    /// Lines at the head of a script that ask for resources, of which a role without parts needs few.
    fn head(&self, role: Role, suite: &str, resources: &Resources) -> String;

    /// Whether a script may end with the status of flatbench: whether what depends on a task is done also if that is not 0.
    fn bears_failures(&self) -> bool;

    /// Whether a chain can wait for jobs of earlier submissions, and a job that joins parts be cancelled without those that do them.
    fn adds_to_earlier(&self) -> bool;

    /// How a chain is submitted, as a person would type it, with what it needs beside the scripts.
    fn commands(&self, layout: &Layout, chain: &Chain, suite: &str, resources: &Resources) -> String;

    /// Submits a chain; all of it or nothing. Returns the name of the job of every link.
    fn submit(
        &self,
        layout: &Layout,
        chain: &Chain,
        suite: &str,
        resources: &Resources,
    ) -> Result<Vec<String>, Failure>;

    /// The tasks of jobs that it remembers, or its own words if it does not answer.
    fn look(&self, jobs: &[&str]) -> Result<Vec<Seen>, String>;

    /// Ends jobs, those that run and those that wait.
    fn cancel(&self, jobs: &[&str]) -> Result<(), Failure>;
}

impl EngineKind {
    /// The engine.
    pub fn engine(self) -> &'static dyn Engine {
        match self {
            EngineKind::Slurm => &slurm::Slurm,
            EngineKind::HyperQueue => &hyperqueue::HyperQueue,
        }
    }
}

/// Numbers as ranges: `1-4,7`.
fn ranges(parts: &[usize]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for &part in parts {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == part => *last = part,
            _ => ranges.push((part, part)),
        }
    }
    let text = |(first, last): &(usize, usize)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    };
    ranges.iter().map(text).collect::<Vec<_>>().join(",")
}

/// A path for an engine that starts things elsewhere.
fn absolute(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn neighbours_are_ranges() {
        assert_eq!(ranges(&[1, 2, 3, 4, 7, 9, 10]), "1-4,7,9-10");
        assert_eq!(ranges(&[5]), "5");
        assert_eq!(ranges(&[]), "");
    }
}
