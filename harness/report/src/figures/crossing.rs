use plotters::element::PathElement;
use plotters::style::Color;

use super::chart::{Drawn, PANEL, chart, describe};
use super::legend::open_series;
use super::marker::marker;
use super::standalone::Below;
use super::{Figure, slug};
use crate::axis::Axis;
use crate::canvas::{Canvas, px};
use crate::data::{AtLevel, Descent, LevelPoint};
use crate::numbers;
use crate::study::{Measure, Study};

/// Values below this are drawn there.
const FLOOR: f64 = 1e-12;
/// Optimizers that a sentence names.
const NAMED: usize = 8;

/// Error and flatness where the loss first fell to given levels, one figure for each and every panel.
pub(crate) fn descents(study: &Study, descents: &[Descent]) -> Vec<Figure> {
    descents.iter().filter_map(|descent| figure(study, descent)).collect()
}

/// What stands on the upright axis.
fn label(study: &Study, descent: &Descent) -> &'static str {
    match (descent.of, study.panels[descent.panel].measure) {
        (AtLevel::Error, _) => "relative error",
        (AtLevel::Trace, Measure::Excess) => "excess flatness",
        (AtLevel::Trace, Measure::Trace) => "tr H",
    }
}

fn figure(study: &Study, descent: &Descent) -> Option<Figure> {
    let panel = &study.panels[descent.panel];
    let label = label(study, descent);
    let title = panel.title.clone();
    let id = format!("equal-loss-{}-{}-{}", slug(label), descent.panel + 1, slug(&title));
    let sentence = sentence(study, descent, label);
    let canvas = Canvas::new(PANEL.0, PANEL.1);
    let axes = draw(&canvas, study, descent, (&title, label)).ok()?;
    let long = format!("Median {label} where the loss first fell to a level: {title} ({})", panel.sizes);
    let svg = canvas.finish(&id, &long, &sentence, &axes);
    let below = Some(Below { size: PANEL, notes: "medians over the runs that reached the level" });
    Some(Figure { svg, id, title, sentence, panel: Some(descent.panel), optimizer: None, below })
}

fn draw(canvas: &Canvas, study: &Study, descent: &Descent, (title, label): (&str, &str)) -> Drawn<String> {
    let points = || descent.curves.iter().flat_map(|curve| &curve.1);
    let x = Axis::logarithmic(points().map(|point| point.level), f64::MIN_POSITIVE);
    let y = Axis::logarithmic(points().map(|point| point.median), FLOOR);
    let area = canvas.area();
    let chart = chart(canvas, &area, title, (x.clone(), "loss over that at the start"), (y.clone(), label))?;
    let plot = chart.plotting_area();
    for (optimizer, points) in &descent.curves {
        let look = study.look(*optimizer);
        open_series(canvas, study, *optimizer);
        let at = |point: &LevelPoint| (point.level, y.clamp(point.median));
        let line: Vec<(f64, f64)> = points.iter().map(at).collect();
        canvas.open(&[("stroke-dasharray", look.dash())]);
        plot.draw(&PathElement::new(line, look.line().stroke_width(px(1.5) as u32)))?;
        canvas.close();
        for point in points {
            let LevelPoint { level, median, reached, runs } = point;
            canvas.open(&[
                ("class", "trial"),
                ("data-v", &format!("level={level};median={median};reached={reached};runs={runs}")),
            ]);
            let (name, median) = (&study.optimizers[*optimizer], numbers::short(*median));
            canvas.title(&format!("{name} at {level:e}: {label} {median}, {reached} of {runs} runs came there"));
            marker(&chart, at(point), look.shape(), 3.4, look.fill())?;
            canvas.close();
        }
        canvas.close();
    }
    Ok(describe(&chart, &x, &y))
}

/// The optimizers at the lowest level that most of them reached.
fn sentence(study: &Study, descent: &Descent, label: &str) -> String {
    let mut levels: Vec<f64> = descent.curves.iter().flat_map(|curve| curve.1.iter().map(|p| p.level)).collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    let at = |level: f64| {
        descent.curves.iter().filter_map(move |(optimizer, points)| {
            Some((*optimizer, points.iter().find(|point| point.level == level)?.median))
        })
    };
    // Of levels that as many reached the lowest: the first in order is kept.
    let most = levels.iter().map(|level| at(*level).count()).max().unwrap_or(0);
    let Some(level) = levels.into_iter().find(|level| at(*level).count() == most) else { return String::new() };
    let mut values: Vec<(usize, f64)> = at(level).collect();
    values.sort_by(|a, b| a.1.total_cmp(&b.1));
    let more = values.len().saturating_sub(NAMED);
    let mut said: Vec<String> = (values.iter().take(NAMED))
        .map(|(optimizer, median)| format!("{} {}", study.optimizers[*optimizer], numbers::short(*median)))
        .collect();
    if more > 0 {
        said.push(format!("{more} more above"));
    }
    format!("At equal loss, {level:e} of that at the start, the median {label} is: {}.", numbers::list(&said))
}
