//! The example of the README with data of one's own, on data like its own, ends in something worth reading.
mod support;

use std::fmt::Write as _;

use support::exported::export;
use support::{Bench, root, shown};

/// The suite that the README has for its digits.
fn suite() -> String {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("it is committed");
    let blocks = readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.into_iter().find(|block| block.contains("digits.npy")).expect("the example").to_owned()
}

/// 400 × 64 grey levels from 0 to 16, of which three in ten are known: a sum of four smooth patterns about a mean, and noise.
fn pixels() -> String {
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1_u64 << 31) as f64 - 0.5
    };
    let strengths: Vec<[f64; 4]> = (0..400).map(|_| [random(), random(), random(), random()]).collect();
    let mut text = String::new();
    for own in strengths {
        for j in 0..64 {
            let pattern = |k: usize| ((k + 1) as f64 * (j as f64 + 0.5) / 64.0 * std::f64::consts::PI).cos();
            let level = 8.0
                + 6.0 * (j as f64 / 9.0).sin()
                + own.iter().enumerate().map(|(k, s)| 9.0 * s * pattern(k)).sum::<f64>();
            let shown = (level + 2.0 * random()).round().clamp(0.0, 16.0);
            let _ = if random() < -0.2 { write!(text, "{shown}") } else { Ok(()) };
            text.push(if j < 63 { ',' } else { '\n' });
        }
    }
    text
}

#[test]
fn the_example_of_the_readme_is_worth_reading() {
    let suite = suite();
    // The same file in another format, which needs no NumPy.
    let bench = Bench::new(&suite.replace("digits.npy", "digits.csv"));
    std::fs::write(bench.path("digits.csv"), pixels()).expect("a file");
    let run = bench.run("out", &[]);
    assert_eq!(run.status.code(), Some(0), "{}", shown(&run));
    let said = shown(&run);
    assert!(said.contains("errors are on held-out data: root mean squares in the units of the file"), "{said}");
    assert!(!said.contains("recovered"), "{said}");
    let records = bench.records("out");
    assert_eq!(records.len(), 3, "{said}");
    // In grey levels, and better than what the means of the pixels alone score.
    let of = |name: &str| {
        records.iter().find(|record| record.optimizer == name).and_then(|record| record.result.iterate.clone())
    };
    for optimizer in ["gd", "trace-penalty"] {
        let metrics = of(optimizer).expect("it completed");
        let (error, relative) = (metrics.test_rmse.expect("held out"), metrics.test_loss.expect("held out"));
        assert!(relative < 0.8 && (0.5..4.0).contains(&error), "{optimizer}: {error}, {relative}\n{said}");
    }
    let page = std::fs::read_to_string(bench.path("out/index.html")).expect("a report");
    assert!(
        page.contains("root mean square error on held-out data in the units of the file")
            && page.contains("centred by columns")
    );
    // Without the explanations of its words.
    let said =
        page.split("<abbr ").map(|part| part.split_once("\">").map_or(part, |(_, rest)| rest)).collect::<String>();
    assert!(!page.contains("recovered") && said.replace("</abbr>", "").contains("tr H at the iterate"));
}

#[test]
fn an_exported_instance_has_the_way_back_to_the_units_of_the_file() {
    let bench = Bench::new(&suite().replace("digits.npy", "digits.csv"));
    let file = pixels();
    std::fs::write(bench.path("digits.csv"), &file).expect("a file");
    let exported = export(&bench, "matrix-completion", &[]);
    let array = |place: &[&str]| exported.array(place).numbers;
    let [rows, cols, row_factor, col_factor] =
        ["row_shift", "col_shift", "row_factor", "col_factor"].map(|name| array(&["standardization", name]));
    let (positions, targets) = (array(&["measurements", "positions"]), array(&["targets"]));
    let entries: Vec<Vec<&str>> = file.lines().map(|line| line.split(',').collect()).collect();
    assert!(targets.len() > 5000 && positions.len() == 2 * targets.len());
    for (at, target) in positions.chunks(2).zip(targets) {
        let (i, j) = (at[0] as usize, at[1] as usize);
        let entry: f64 = entries[i][j].parse().expect("what is trained on is known");
        assert!((rows[i] + cols[j] + row_factor[i] * col_factor[j] * target - entry).abs() < 1e-9, "({i}, {j})");
    }
}
