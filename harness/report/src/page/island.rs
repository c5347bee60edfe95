//! Courses as data for the script: other x axes, other scales, values to download.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::data::{self, Course, Quantity};

#[derive(Serialize)]
struct Curve {
    /// Gradient equivalents, steps and seconds.
    g: Vec<Option<f64>>,
    n: Vec<u64>,
    t: Vec<Option<f64>>,
    loss: Vec<Option<f64>>,
    trace: Vec<Option<f64>>,
    error: Vec<Option<f64>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    s: Vec<Vec<Option<f64>>>,
}

/// JSON of the drawn courses by key, safe inside a script element.
pub(super) fn island(courses: &[Course]) -> String {
    let mut curves: BTreeMap<&str, Curve> = BTreeMap::new();
    let drawn = data::drawn_per_cell(courses);
    let cells = courses.chunk_by(|a, b| (a.run.panel, a.run.optimizer) == (b.run.panel, b.run.optimizer));
    for cell in cells {
        for (index, course) in cell.iter().take(drawn).enumerate() {
            let checkpoints = course.drawn();
            let all = |of: &dyn Fn(&flatbench_records::Checkpoint) -> Option<f64>| {
                checkpoints.iter().map(|c| of(c).and_then(digits)).collect::<Vec<_>>()
            };
            let longest = checkpoints.iter().map(|c| c.singular_values.len()).max().unwrap_or(0);
            let most = longest.min(crate::figures::drawn_singular_values(course));
            let curve = Curve {
                g: all(&|c| Some(c.gradient_equivalents)),
                n: checkpoints.iter().map(|c| c.step).collect(),
                t: all(&|c| Some(c.seconds)),
                loss: all(&|c| Quantity::Loss.of(c)),
                trace: all(&|c| Quantity::Trace.of(c)),
                error: all(&|c| Quantity::Error.of(c)),
                // Singular values are drawn of the first run only.
                s: (0..if index == 0 { most } else { 0 })
                    .map(|i| all(&|c| c.singular_values.get(i).copied()))
                    .collect(),
            };
            curves.insert(&course.run.record.key, curve);
        }
    }
    let json = serde_json::to_string(&curves).unwrap_or_else(|_| "{}".to_owned());
    json.replace('<', "\\u003c")
}

/// Three digits: more than a screen shows, a fifth of the bytes.
fn digits(value: f64) -> Option<f64> {
    format!("{value:.2e}").parse().ok().filter(|v: &f64| v.is_finite())
}
