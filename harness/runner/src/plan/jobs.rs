use std::path::Path;

use flatbench_records::Runtime;
use flatbench_records::protocol::{Job, Tier, VERSION};

use super::run::PlannedRun;

/// Fewest runs that are left together: served in lockstep they cost less than apart.
const TOGETHER: usize = 4;
/// Jobs per worker to aim at, so that no worker idles while another has a long list left.
const JOBS_PER_WORKER: usize = 3;

/// Groups runs of one instance and runtime into jobs, keeping their order; instances are cut into pieces of about equal size where
/// there are too few of them for `workers`, into small ones only where a worker would have nothing to do.
pub fn jobs(runs: &[PlannedRun], workers: usize, data_root: &Path, tier: Tier) -> Vec<Job> {
    let instances = runs.chunk_by(|a, b| a.case == b.case && a.instance_seed == b.instance_seed);
    let of_runtime = |instance: &'_ [PlannedRun], runtime| -> Vec<PlannedRun> {
        instance.iter().filter(|run| Runtime::of(&run.library) == runtime).cloned().collect()
    };
    let instances: Vec<Vec<PlannedRun>> = instances
        .flat_map(|instance| Runtime::ALL.map(|runtime| of_runtime(instance, runtime)))
        .filter(|runs| !runs.is_empty())
        .collect();
    let per_instance = |jobs: usize| jobs.div_ceil(instances.len().max(1));
    let (least, most) = match workers {
        0 | 1 => (1, 1),
        _ => (per_instance(workers), per_instance(JOBS_PER_WORKER * workers)),
    };
    let mut jobs = Vec::new();
    for instance in &instances {
        let pieces = most.min(instance.len() / TOGETHER).max(least);
        let size = instance.len().div_ceil(pieces).max(1);
        for piece in instance.chunks(size) {
            let Some(first) = piece.first() else { continue };
            jobs.push(Job {
                version: VERSION,
                id: jobs.len() as u64,
                // Drawn, as the time for measuring is set, when a worker is given the job.
                token: String::new(),
                case: (*first.case).clone(),
                instance_seed: first.instance_seed,
                init_seed: first.init_seed,
                given: first.given.as_deref().cloned(),
                data_root: data_root.to_owned(),
                data: first.data.clone(),
                tier,
                measure: first.measure.clone(),
                references: None,
                measuring_limit: f64::MAX,
                sparing: None,
                keep_parameters: false,
                runs: piece.iter().map(PlannedRun::request).collect(),
            });
        }
    }
    jobs
}
