//! A plugin crate written by hand outside the source tree, given by its path.
mod support;

use support::{Bench, root, shown};

const SUITE: &str = r#"
name = "outside"
budget = 500
seeds = 1

[[case]]
family = "matrix-sensing"
rows = 8
cols = 6
rank = 1
factor_rank = 6
measurements = 40

[[optimizer]]
name = "gd"
settings = [{ step_size = 0.05 }]

[[optimizer]]
name = "half-gd"
settings = [{ step_size = 0.1 }]
"#;

/// Gradient descent with half the step that it is told: its run must equal that of gd with half the step.
const SOURCE: &str = r#"
use flatbench_plugin::prelude::*;

/// Gradient descent with half the step size.
#[derive(Hyperparameters)]
pub struct HalfGd {
    /// Twice the step size.
    #[hyper(default = 0.1, min = 0.0)]
    step_size: f64,
}

impl Optimizer for HalfGd {
    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let gradient = oracle.gradient(w)?;
        w.scaled_add(-0.5 * self.step_size, &gradient);
        Ok(Status::Continue)
    }
}

export_optimizer!("half-gd", HalfGd);
"#;

#[test]
fn a_crate_elsewhere_runs_beside_the_shipped_ones() {
    let bench = Bench::new(SUITE);
    let folder = bench.path("half-gd");
    std::fs::create_dir_all(folder.join("src")).unwrap();
    std::fs::write(folder.join("src/lib.rs"), SOURCE).unwrap();
    let manifest = format!(
        "[package]\nname = \"half-gd\"\nversion = \"0.3.0\"\nedition = \"2024\"\n\n[lib]\ncrate-type = [\"cdylib\"]\n\n\
         [dependencies]\nflatbench-plugin = {{ path = {:?} }}\n\n[workspace]\n",
        root().join("plugins/sdk")
    );
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();

    let output = bench.run("out", &["--quiet", "--plugin", folder.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let records = bench.records("out");
    let of = |name: &str, init| records.iter().find(|r| r.optimizer == name && r.init == init).expect("a record");
    for init in [flatbench_records::Init::Large, flatbench_records::Init::Small] {
        let (theirs, ours) = (of("half-gd", init), of("gd", init));
        assert_eq!(theirs.optimizer_version, "0.3.0");
        assert_eq!(theirs.iterate, ours.iterate, "the same arithmetic gives the same bits");
    }
}
