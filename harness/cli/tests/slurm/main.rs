//! A whole Slurm on this machine, with nodes that are lost and tasks that are requeued, cancelled, and killed: what was submitted ends
//! with the records of an undisturbed run.
//!
//! Without Slurm nothing of this is tested, which is an error where CI is set (Debian: `apt-get install slurm-wlm munge`).
//! `FLATBENCH_FAULTS=full cargo test -p flatbench --test slurm -- --test-threads 1 --nocapture` is the full form; its figures stand in
//! `harness/docs/FAULTS.md`. `FLATBENCH_FAULTS_SEED` draws other moments.
#![cfg(target_os = "linux")]

mod cluster;
mod faults;
#[expect(dead_code, reason = "part of it is used here")]
#[path = "../faults/history.rs"]
mod history;
mod mishaps;
#[expect(dead_code, reason = "part of it is used here")]
#[path = "../faults/processes.rs"]
mod processes;
mod submitted;
#[path = "../support/mod.rs"]
mod support;
mod words;

/// A suite whose runs take `budget` gradients each, of which none stops earlier: 2 cases × 3 optimizers × `seeds`.
fn suite(seeds: usize, budget: usize) -> String {
    format!(
        r#"
name = "slurm"
budget = {budget}
seeds = {seeds}

[[case]]
name = "sensing"
family = "matrix-sensing"
rows = 10
cols = 9
rank = 1
factor_rank = 9
measurements = 60
init = ["large"]

[[case]]
name = "completion"
family = "matrix-completion"
rows = 10
cols = 8
rank = 1
factor_rank = 8
sampling_rate = 0.7
init = ["small"]

[[optimizer]]
name = "gd"
settings = [{{ step_size = 1e-7 }}]

[[optimizer]]
name = "sgd"
settings = [{{ step_size = 1e-7, batch_size = 8 }}]

[[optimizer]]
name = "sam"
settings = [{{ step_size = 1e-7, radius = 0.01 }}]
"#
    )
}
