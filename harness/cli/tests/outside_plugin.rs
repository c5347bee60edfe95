//! Plugins outside the source tree, given by their path: a crate written by hand, and a C file.
mod support;

use flatbench_records::Init;
use support::{Bench, flatbench, root, shown};

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

    // The versions, the profile and the target folder of this tree, so that what both depend on is not built twice.
    std::fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let mut command = bench.run_command("out");
    command.args(["--quiet", "--plugin", folder.to_str().unwrap()]);
    command.env("CARGO_TARGET_DIR", root().join("target")).env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only");
    let output = command.output().expect("flatbench starts");
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let records = bench.records("out");
    let of = |name: &str, init| records.iter().find(|r| r.optimizer == name && r.init == init).expect("a record");
    for init in [Init::Large, Init::Small] {
        let (theirs, ours) = (of("half-gd", init), of("gd", init));
        assert_eq!(theirs.optimizer_version, "0.3.0");
        assert_eq!(theirs.result.iterate, ours.result.iterate, "the same arithmetic gives the same bits");
    }
}

#[test]
fn a_c_file_elsewhere_is_compiled_and_its_library_decides_the_key() {
    let suite = SUITE.replace("half-gd", "in-c").replace("step_size = 0.1 ", "step_size = 0.05 ");
    let bench = Bench::new(&suite);
    let folder = bench.path("in-c");
    let folder = folder.to_str().expect("a readable path");
    let output = flatbench().args(["plugin", "new", "in-c", "--lang", "c", "--dir", folder]).output();
    let output = output.expect("flatbench starts");
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert!(
        String::from_utf8_lossy(&output.stdout)
            .contains(&format!(" run quick --optimizer gd,in-c --plugin {folder}\n"))
    );

    let file = format!("{folder}/in-c.c");
    let run = |path: &str| {
        let output = bench.run("out", &["--quiet", "--plugin", path]);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        let records = bench.records("out");
        let of = |name: &str| {
            let run = records.iter().find(|r| r.optimizer == name && r.init == Init::Large).expect("a record");
            (run.key.clone(), run.result.iterate.clone())
        };
        [of("gd"), of("in-c")]
    };
    let [gd, in_c] = run(folder);
    assert_eq!(gd.1, in_c.1, "the same arithmetic gives the same bits");
    assert_eq!(run(&file), [gd.clone(), in_c.clone()], "the file and its folder are one plugin");

    let source = std::fs::read_to_string(&file).expect("it was written");
    std::fs::write(&file, source.replace("w[i] -= step_size", "w[i] -= 0.5 * step_size")).expect("a writable file");
    let [same, changed] = run(folder);
    assert_eq!(same, gd);
    assert!(changed.0 != in_c.0 && changed.1 != in_c.1, "another library is another run");
}
