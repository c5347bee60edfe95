//! An exported instance is enough to compute loss and gradient again: by plain loops here, by the documented NumPy script
//! where that can run.
mod support;

use std::process::Command;

use support::exported::{CASES, SUITE, export};
use support::{Bench, flatbench, root, shown};

fn close(got: f64, wanted: f64, tolerance: f64) -> bool {
    (got - wanted).abs() <= tolerance * wanted.abs()
}

#[test]
fn files_hold_everything_that_decides_the_loss() {
    let bench = Bench::new(SUITE);
    for case in CASES {
        let exported = export(&bench, case, &["--repetition", "1"]);
        let about = &exported.about;
        let start = exported.factors(&["start", "blocks"]);
        let (loss, expected) = (exported.loss(&start), about["start"]["loss"].as_f64().expect("a loss"));
        assert!(close(loss, expected, 1e-12), "{case}: {loss} from the files, {expected} in instance.json");

        // The gradient, against central differences of the loss of the files.
        let gradient = exported.factors(&["start", "gradient"]);
        let largest = gradient.iter().flat_map(|g| &g.numbers).fold(0.0_f64, |a, g| a.max(g.abs()));
        for (block, of_block) in gradient.iter().enumerate() {
            for entry in [0, of_block.numbers.len() / 2, of_block.numbers.len() - 1] {
                let step = 1e-5;
                let moved = |sign: f64| {
                    let mut factors = exported.factors(&["start", "blocks"]);
                    factors[block].numbers[entry] += sign * step;
                    exported.loss(&factors)
                };
                let slope = (moved(1.0) - moved(-1.0)) / (2.0 * step);
                let got = of_block.numbers[entry];
                assert!((slope - got).abs() <= 1e-6 * largest, "{case}: {got} in the files, {slope} by differences");
            }
        }
        if about["flattest"].get("array").is_some() {
            let x = exported.array(&["flattest", "array"]);
            if about["flattest"]["factors"].get("missing").is_none() {
                let factors = exported.factors(&["flattest", "factors"]);
                let product = exported.product(&factors);
                let apart = x.numbers.iter().zip(&product.numbers).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                assert!(apart < 1e-7, "{case}: the factors make another X ({apart})");
                assert!(exported.loss(&factors) < 1e-12, "{case}: the flattest point has no loss");
            }
        } else {
            assert!(about["flattest"]["missing"].is_string(), "{case} says why");
        }
    }
}

#[test]
fn a_seed_from_a_record_gives_the_same_start() {
    let bench = Bench::new(SUITE);
    let planned = export(&bench, "sensing", &["--repetition", "1", "--init", "small"]);
    let seed = planned.about["instance_seed"].to_string();
    let by_seed = export(&bench, "sensing", &["--seed", &seed, "--init", "small"]);
    assert_eq!(planned.about, by_seed.about);
    let other = export(&bench, "sensing", &["--seed", "17"]);
    assert!(other.about["repetition"].is_null() && other.about["instance_seed"] == 17);
    assert_ne!(planned.array(&["truth", "array"]).numbers, other.array(&["truth", "array"]).numbers);
}

#[test]
fn mistakes_name_what_there_is() {
    let bench = Bench::new(SUITE);
    std::fs::create_dir(bench.path("full")).expect("a folder");
    std::fs::write(bench.path("full/letter.txt"), "dear reader").expect("a file");
    for (case, out, word) in [("sensin", "new", "known: sensing"), ("sensing", "full", "not empty")] {
        let output = flatbench()
            .arg("export-instance")
            .arg(bench.path("suite.toml"))
            .args([case, "--out"])
            .arg(bench.path(out))
            .output()
            .expect("flatbench starts");
        assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
        assert!(String::from_utf8_lossy(&output.stderr).contains(word), "{}", shown(&output));
    }
}

#[test]
fn the_documented_script_repeats_loss_and_gradient() {
    // Another interpreter than the first one found can be named, such as one of a virtual environment.
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let numpy = Command::new(&python).args(["-c", "import numpy"]).output();
    if !numpy.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: {python} with NumPy is not there, so the script in FORMAT.md was not run");
        return;
    }
    let document = std::fs::read_to_string(root().join("harness/docs/FORMAT.md")).expect("FORMAT.md");
    let script = document.split("```python\n").nth(1).and_then(|rest| rest.split("```").next());
    let bench = Bench::new(SUITE);
    std::fs::write(bench.path("again.py"), script.expect("a script in FORMAT.md")).expect("a file");
    for case in CASES {
        let exported = export(&bench, case, &[]);
        let output = Command::new(&python).arg(bench.path("again.py")).arg(&exported.folder).output();
        let output = output.expect("Python starts");
        assert!(output.status.success(), "{case}: {}", shown(&output));
        println!("{}", String::from_utf8_lossy(&output.stdout).trim());
    }
}
