use plotters::element::PathElement;
use plotters::style::Color;

use super::Figure;
use super::chart::{Drawn, chart, describe};
use super::legend::stroke_of;
use super::standalone::Below;
use crate::axis::Axis;
use crate::canvas::{Canvas, px};
use crate::data::{Curve, Recovery, THRESHOLDS};
use crate::numbers::{self, exact};
use crate::palette::MUTED;
use crate::study::{RECOVERED, Study};

/// Size of a figure, pixels.
const SIZE: (f64, f64) = (460.0, 300.0);

/// Optimizers that a sentence names.
const NAMED: usize = 4;

/// Share recovered against threshold, one figure for every start, tuned and untuned cases apart.
pub(crate) fn recoveries(study: &Study, all: &[Recovery]) -> Vec<Figure> {
    all.iter().filter_map(|recovery| figure(study, all, recovery)).collect()
}

fn figure(study: &Study, all: &[Recovery], recovery: &Recovery) -> Option<Figure> {
    let apart = all.iter().any(|other| other.tuned != recovery.tuned);
    let cases = match (apart, recovery.tuned) {
        (false, _) => "",
        (true, true) => ", tuned cases",
        (true, false) => ", untuned cases",
    };
    let title = format!("Share recovered, from a {} start{cases}", recovery.init.name());
    let id = format!("recovery-{}{}", recovery.init.name(), if apart && !recovery.tuned { "-untuned" } else { "" });
    let sentence = sentence(study, recovery);
    let canvas = Canvas::new(SIZE.0, SIZE.1);
    let axes = draw(&canvas, study, recovery, &title).ok()?;
    Some(Figure {
        svg: canvas.finish(&id, &title, &sentence, &axes),
        id,
        title,
        sentence,
        panel: None,
        optimizer: None,
        below: Some(Below { size: SIZE, notes: "" }),
    })
}

fn draw(canvas: &Canvas, study: &Study, recovery: &Recovery, title: &str) -> Drawn<String> {
    let [least, most] = THRESHOLDS;
    let x = Axis::logarithmic(THRESHOLDS, least);
    let y = Axis::between(0.0, 1.02);
    let area = canvas.area();
    let x_name = "relative error that counts as recovered";
    let chart = chart(canvas, &area, title, (x.clone(), x_name), (y.clone(), "share of runs"))?;
    let plot = chart.plotting_area();
    canvas.open(&[("class", "guide"), ("stroke-dasharray", "4 3")]);
    canvas.title(&format!("the threshold of this report, {RECOVERED:e}"));
    let line = vec![(RECOVERED, 0.0), (RECOVERED, 1.02)];
    plot.draw(&PathElement::new(line, MUTED.stroke_width(px(1.2) as u32)))?;
    canvas.close();
    for curve in &recovery.curves {
        let look = study.look(curve.optimizer);
        let name = &study.optimizers[curve.optimizer];
        let share = |count: usize| count as f64 / curve.runs as f64;
        let drawn = thinned(&curve.errors);
        let errors: Vec<String> = drawn.iter().map(|e| exact(Some(*e))).collect();
        canvas.open(&[
            ("class", &format!("series {}", stroke_of(look).1)),
            ("data-o", &curve.optimizer.to_string()),
            ("data-optimizer", name),
            ("stroke-dasharray", look.dash()),
            ("stroke-opacity", look.strength()),
            ("data-v", &format!("runs={};relative_errors={}", curve.runs, errors.join(" "))),
        ]);
        canvas.title(&format!("{name}: {} of {} runs at {RECOVERED:e}", curve.recovered(RECOVERED), curve.runs));
        let mut steps = vec![(least, share(curve.recovered(least)))];
        let inside = drawn.iter().copied().filter(|error| *error > least && *error <= most);
        for error in inside {
            let before = steps.last().map_or(0.0, |step| step.1);
            steps.extend([(error, before), (error, share(curve.recovered(error)))]);
        }
        steps.push((most, share(curve.recovered(most))));
        steps.dedup();
        plot.draw(&PathElement::new(steps, look.line().stroke_width(px(1.8) as u32)))?;
        canvas.close();
    }
    Ok(describe(&chart, &x, &y))
}

/// Steps of a curve: more are finer than a line is wide.
const STEPS: usize = 400;

/// As many of ascending numbers, evenly spread, first and last among them.
fn thinned(errors: &[f64]) -> Vec<f64> {
    let n = errors.len();
    if n <= STEPS {
        return errors.to_vec();
    }
    (0..STEPS).map(|i| errors[i * (n - 1) / (STEPS - 1)]).collect()
}

/// For whom the threshold decides.
fn sentence(study: &Study, recovery: &Recovery) -> String {
    let words: Vec<String> = recovery.curves.iter().filter_map(|curve| hinge(study, curve)).take(NAMED).collect();
    if words.is_empty() {
        format!(
            "A threshold ten times smaller or greater than {RECOVERED:e} changes no count by a quarter of the runs."
        )
    } else {
        format!("The threshold decides for {}.", numbers::list(&words))
    }
}

/// `gd (1 of 25 runs at 1e-3, 22 at 1e-2)`.
pub(crate) fn hinge(study: &Study, curve: &Curve) -> Option<String> {
    let (threshold, recovered) = curve.hinges()?;
    let (name, now) = (&study.optimizers[curve.optimizer], curve.recovered(RECOVERED));
    Some(format!("{name} ({now} of {} runs at {RECOVERED:e}, {recovered} at {threshold:e})", curve.runs))
}
