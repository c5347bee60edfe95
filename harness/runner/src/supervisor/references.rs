use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::ffi::OsStrExt;

use flatbench_records::References;
use flatbench_records::protocol::Job;

/// References that workers have solved, so that no other worker solves them again.
///
/// Plugins are arbitrary native code: one that ended badly may have broken the process around it, and numbers that the
/// process sends afterwards would spread to workers that had nothing to do with it. So references are remembered only
/// from a worker whose runs so far all ended `completed` or `skipped`, and which has written nothing but events. A
/// worker that fell out of favour goes on, with references of its own for its own runs.
#[derive(Default)]
pub(super) struct Solved {
    /// By [`instance`].
    known: BTreeMap<String, References>,
    /// Workers from which nothing is remembered any more.
    distrusted: BTreeSet<u64>,
}

impl Solved {
    /// Gives a job what is known of its instance.
    pub(super) fn hand_over(&self, job: &mut Job) {
        if job.references.is_none() {
            job.references = self.known.get(&instance(job)).cloned();
        }
    }

    /// Keeps what a worker sent for the instance of its job. What is known stays: of two workers that solved the same
    /// at a time, the first counts.
    pub(super) fn remember(&mut self, worker: u64, job: &Job, references: References) {
        if !self.distrusted.contains(&worker) {
            self.known.entry(instance(job)).or_insert(references);
        }
    }

    /// Remembers nothing that a worker sends from now on.
    pub(super) fn distrust(&mut self, worker: u64) {
        self.distrusted.insert(worker);
    }
}

/// What determines the instance of a job, as text: family, parameters, seed and the folder of its data. Its name, its
/// start and its budget change nothing about the references.
#[expect(clippy::expect_used, reason = "plain data, whose maps have text for keys: JSON can say all of it")]
fn instance(job: &Job) -> String {
    let folder = job.data_root.as_os_str().as_bytes();
    let parts = (&job.case.family, &job.case.parameters, job.instance_seed, folder);
    serde_json::to_string(&parts).expect("plain data has a JSON form")
}
