use std::path::Path;

use flatbench_records::protocol::{Job, Tier, VERSION};

use super::run::PlannedRun;

/// Jobs per worker to aim at, so that no worker idles while another has a long list left.
const JOBS_PER_WORKER: usize = 3;

/// Groups runs of one instance into jobs, keeping their order; instances are cut into pieces of about equal size where
/// there are too few of them for `workers`.
pub fn jobs(runs: &[PlannedRun], workers: usize, data_root: &Path, tier: Tier) -> Vec<Job> {
    let instances: Vec<&[PlannedRun]> =
        runs.chunk_by(|a, b| a.case == b.case && a.instance_seed == b.instance_seed).collect();
    let pieces = if workers <= 1 { 1 } else { (JOBS_PER_WORKER * workers).div_ceil(instances.len().max(1)) };
    let mut jobs = Vec::new();
    for instance in instances {
        let size = instance.len().div_ceil(pieces).max(1);
        for piece in instance.chunks(size) {
            let Some(first) = piece.first() else { continue };
            jobs.push(Job {
                version: VERSION,
                id: jobs.len() as u64,
                case: (*first.case).clone(),
                instance_seed: first.instance_seed,
                init_seed: first.init_seed,
                data_root: data_root.to_owned(),
                tier,
                runs: piece.iter().map(PlannedRun::request).collect(),
            });
        }
    }
    jobs
}
