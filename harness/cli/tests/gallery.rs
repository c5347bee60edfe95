//! `flatbench gallery`: problems with two parameters are drawn with the paths of their runs, and every optimizer has a card.
mod support;

use flatbench_records::directory;
use support::{Bench, flatbench, shown};

const SUITE: &str = r#"
name = "small"
budget = 200
seeds = 1
baseline = "gd"

[[case]]
name = "product"
family = "matrix-sensing"
rows = 1
cols = 1
rank = 1
factor_rank = 1
measurements = 4

[[optimizer]]
name = "gd"

[[optimizer]]
name = "penalty"
plugin = "trace-penalty"
"#;

#[test]
fn a_plane_is_drawn_with_the_paths_that_its_trajectories_hold() {
    let bench = Bench::new(SUITE);
    assert_eq!(bench.run("out", &[]).status.code(), Some(0));
    for record in bench.records("out") {
        let held = directory::trajectory(&bench.path("out"), &record.key).expect("readable").expect("kept");
        assert!(held.checkpoints.len() > 2 && held.checkpoints.iter().all(|point| point.parameters.len() == 2));
    }
    let directory = bench.path("out").display().to_string();
    let output = flatbench().args(["gallery", &directory, "--planes", &directory]).output().expect("it starts");
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let page = std::fs::read_to_string(bench.path("out/gallery.html")).expect("a page");
    for name in ["gd", "penalty"] {
        assert!(page.contains(&format!("<article class=\"card\" id=\"{name}\">")), "{name}");
    }
    assert!(
        page.contains("Gradient descent with momentum on f(w) + λ tr ∇²f(w)"),
        "an alias has the words of its plugin"
    );
    let picture = std::fs::read_to_string(bench.path("out/figures/plane-product.svg")).expect("a picture");
    assert!(picture.contains("data-optimizer=\"gd\"") && picture.contains("data-optimizer=\"penalty\""));
    assert!(picture.contains("tr H along the valley"));
}

#[test]
fn what_is_no_plane_is_refused_with_a_remedy() {
    let bench = Bench::new(
        &SUITE.replace("rows = 1\ncols = 1", "rows = 3\ncols = 3").replace("measurements = 4", "measurements = 9"),
    );
    assert_eq!(bench.run("out", &[]).status.code(), Some(0));
    let directory = bench.path("out").display().to_string();
    let output = flatbench().args(["gallery", &directory, "--planes", &directory]).output().expect("it starts");
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(shown(&output).contains("no case with two parameters") && shown(&output).contains("landscape"));
    let output = flatbench().args(["gallery", "nowhere"]).output().expect("it starts");
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(shown(&output).contains("nowhere is no run directory"));
}
