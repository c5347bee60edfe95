//! What submitting says: what would be done, what cannot be, and how to go on.

use crate::cluster::Cluster;
use crate::submitted::submit;
use crate::support::{Bench, flatbench, shown, text};

#[test]
fn a_dry_run_prints_scripts_and_leaves_nothing() {
    let bench = Bench::new(&crate::suite(2, 100));
    let (suite, out) = (text(&bench.path("suite.toml")), text(&bench.path("out")));
    let common = ["submit", &suite, "--out", &out, "--tasks", "3", "--dry-run"];
    let further =
        ["--time", "2:00:00", "--memory", "4GiB", "--cores", "2", "--partition", "short", "--", "--constraint=icelake"];
    let output = flatbench().args(common).args(further).output().expect("flatbench starts");
    let said = shown(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for expected in [
        "#SBATCH --time=2:00:00",
        "#SBATCH --mem=4096M",
        "#SBATCH --cpus-per-task=2",
        "#SBATCH --partition=short",
        "#SBATCH --constraint=icelake",
        "--shard \"$SLURM_ARRAY_TASK_ID/3\"",
        "sbatch --parsable",
        "--array=1-3",
        "--dependency=afterany:",
    ] {
        assert!(said.contains(expected), "{expected} is missing in\n{said}");
    }
    assert!(!bench.path("out").exists());
    let queue = flatbench().args(common).args(["--engine", "hyperqueue"]).output().expect("flatbench starts");
    let said = shown(&queue);
    for expected in ["hq --output-mode=quiet job submit-file", "[[task]]", "deps = [1, 2, 3]", "--shard \"$PART/3\""] {
        assert!(said.contains(expected), "{expected} is missing in\n{said}");
    }
}

#[test]
fn what_cannot_be_submitted_is_refused_in_one_line() {
    let bench = Bench::new(&crate::suite(2, 100));
    let (suite, out) = (text(&bench.path("suite.toml")), text(&bench.path("out")));
    let refused = |further: &[&str], expected: &str| {
        let output = flatbench().args(["submit", &suite, "--out", &out]).args(further).env("PATH", "/nowhere").output();
        let output = output.expect("flatbench starts");
        let said = shown(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(expected), "{expected} is missing in\n{said}");
    };
    refused(&["--no-build"], "--tasks N is missing");
    refused(&["--no-build", "--tasks", "13"], "12");
    refused(&["--no-build", "--tasks", "2", "--engine", "hyperqueue", "--partition", "x"], "--partition");
    let two = ["--no-build", "--tasks", "2"];
    refused(&[&two[..], &["--partition", "main\nrm -rf x"]].concat(), "is not one word");
    refused(&[&two[..], &["--time", "1 --uid=2"]].concat(), "is not one word");
    refused(&[&two[..], &["--memory", "none"]].concat(), "expected a size");
    refused(&[&two[..], &["--", "--qos=a\n#SBATCH --uid=1"]].concat(), "no option of the engine's");
    refused(&[&two[..], &["--", "rm"]].concat(), "no option of the engine's");
    let pattern =
        flatbench().args(["submit", &suite, "--no-build", "--tasks", "2", "--out", &format!("{out}%j")]).output();
    let said = shown(&pattern.expect("flatbench starts"));
    assert!(said.contains("Slurm reads as a pattern") && said.contains("--out"), "{said}");
    refused(&["--no-build", "--tasks", "2"], "there is no `sbatch` on this machine");
    let nothing = flatbench().args(["status", &text(&bench.path("suite.toml"))]).output().expect("flatbench starts");
    assert!(shown(&nothing).contains("nothing was submitted in"), "{}", shown(&nothing));
}

#[test]
fn a_submission_is_gone_on_with_and_not_changed() {
    let Some(cluster) = Cluster::start(1) else { return };
    let bench = Bench::new(&crate::suite(2, 100));
    let first = submit(&cluster, &bench, "out", &["--tasks", "2", "--wait"]);
    assert_eq!(first.status.code(), Some(0), "{}", shown(&first));
    let refused = |further: &[&str], expected: &str| {
        let output = submit(&cluster, &bench, "out", further);
        let said = shown(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(expected) && said.contains("--out"), "{expected} is missing in\n{said}");
    };
    refused(&["--tasks", "3"], "was submitted with --tasks 2");
    refused(&["--engine", "hyperqueue"], "was submitted to Slurm");
    refused(&["--family", "matrix-sensing"], "--family=matrix-sensing");
    refused(&["--seeds", "3"], "seeds");

    // An edited script stays as it is; options that would change it are not silently dropped.
    let script = bench.path("out/cluster/runs.sh");
    let edited = std::fs::read_to_string(&script).expect("a script") + "# edited\n";
    std::fs::write(&script, &edited).expect("writable");
    let output = submit(&cluster, &bench, "out", &["--time", "10"]);
    assert!(shown(&output).contains("was edited"), "{}", shown(&output));
    let output = submit(&cluster, &bench, "out", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert_eq!(std::fs::read_to_string(&script).expect("a script"), edited);

    // Damage is found, and the remedy works.
    std::fs::write(bench.path("out/cluster/flatbench"), "#!/bin/sh\n").expect("writable");
    let output = submit(&cluster, &bench, "out", &[]);
    let said = shown(&output);
    assert!(output.status.code() == Some(2) && said.contains("is another program"), "{said}");
    assert!(said.contains(&format!("remove {}", bench.path("out/cluster").display())), "{said}");
    std::fs::remove_dir_all(bench.path("out/cluster")).expect("a folder");
    let output = submit(&cluster, &bench, "out", &["--tasks", "2"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert!(shown(&output).contains("nothing to submit"), "{}", shown(&output));

    // What Slurm refuses is told in its words, and leaves nothing in hand.
    let output = submit(&cluster, &bench, "other", &["--tasks", "2", "--partition", "nowhere"]);
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(shown(&output).contains("sbatch") && shown(&output).contains("partition"), "{}", shown(&output));
    // The remedy works, whatever else is changed.
    let output = submit(&cluster, &bench, "other", &["--tasks", "3", "--partition", "main", "--wait"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
}
