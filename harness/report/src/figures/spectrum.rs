use plotters::element::PathElement;
use plotters::style::Color;

use super::chart::{Drawn, PANEL, chart, describe};
use super::legend::stroke_of;
use super::line::thinned;
use super::{Figure, slug};
use crate::axis::Axis;
use crate::canvas::{Canvas, px};
use crate::data::RunTrajectory;
use crate::numbers::{count, short};
use crate::study::Study;

/// Figures of this kind that a page holds.
const MOST: usize = 400;

/// Widths in pixels: of as many values as the truth has, and of the others.
const HEAVY: f64 = 2.0;
const LIGHT: f64 = 0.9;

/// Singular values below this share of the largest are beyond drawing.
const FLOOR: f64 = 1e-6;

/// One figure per panel and optimizer: the singular values of the end-to-end matrix along its first run.
pub(crate) fn spectra(study: &Study, trajectories: &[RunTrajectory]) -> Vec<Figure> {
    trajectories
        .chunk_by(|a, b| (a.run.panel, a.run.optimizer) == (b.run.panel, b.run.optimizer))
        .filter_map(|trajectories| {
            trajectories.iter().find(|c| c.checkpoints.iter().filter(|p| top(p).is_some()).count() >= 2)
        })
        .take(MOST)
        .filter_map(|trajectory| figure(study, trajectory))
        .collect()
}

fn top(checkpoint: &flatbench_records::Checkpoint) -> Option<f64> {
    checkpoint.singular_values.first().copied().filter(|s| s.is_finite() && *s > 0.0)
}

fn figure(study: &Study, trajectory: &RunTrajectory) -> Option<Figure> {
    let run = &trajectory.run;
    let panel = &study.panels[run.panel];
    let name = &study.optimizers[run.optimizer];
    let id = format!("spectrum-{}-{}-{}", run.panel + 1, run.optimizer + 1, slug(&format!("{} {name}", panel.case)));
    let sentence = sentence(trajectory);
    let canvas = Canvas::new(PANEL.0, PANEL.1);
    let axes = draw(&canvas, study, trajectory).ok()?;
    let title = format!("{name} · {}", panel.title);
    Some(Figure {
        svg: canvas.finish(&id, &format!("Singular values along the way: {title}"), &sentence, &axes),
        id,
        title,
        sentence,
        panel: Some(run.panel),
        optimizer: Some(run.optimizer),
        below: None,
    })
}

fn draw(canvas: &Canvas, study: &Study, trajectory: &RunTrajectory) -> Drawn<String> {
    let run = &trajectory.run;
    let largest = trajectory.checkpoints.iter().filter_map(top).fold(0.0, f64::max);
    let values = trajectory.checkpoints.iter().flat_map(|c| c.singular_values.iter().take(drawn(trajectory)).copied());
    let x = Axis::logarithmic(trajectory.checkpoints.iter().map(|c| c.gradient_equivalents.max(1.0)), 1.0);
    let y = Axis::logarithmic(values, largest * FLOOR);
    let name = &study.optimizers[run.optimizer];
    let area = canvas.area();
    let heading = format!("{name} · {} · {} init", study.panels[run.panel].case, study.panels[run.panel].init.name());
    let chart =
        chart(canvas, &area, &heading, (x.clone(), "gradient equivalents"), (y.clone(), "singular values of X"))?;
    let look = study.look(run.optimizer);
    let (class, optimizer) = (format!("series {}", stroke_of(look).1), run.optimizer.to_string());
    let attributes = [("class", class.as_str()), ("data-o", &optimizer), ("data-optimizer", name)];
    canvas.open_lines(&attributes, look.line(), LIGHT);
    let most = trajectory.checkpoints.iter().map(|c| c.singular_values.len()).max().unwrap_or(0);
    for index in 0..most.min(drawn(trajectory)) {
        let points: Vec<(f64, f64)> = trajectory
            .drawn()
            .into_iter()
            .filter_map(|c| Some((x.clamp(c.gradient_equivalents), y.clamp(*c.singular_values.get(index)?))))
            .filter(|(x, y)| x.is_finite() && y.is_finite())
            .collect();
        canvas.open(&[("class", "curve"), ("data-key", &run.record.key), ("data-q", &format!("s{index}"))]);
        canvas.title(&format!("{name}: singular value {}", index + 1));
        // The true rank stands out: the leading values are drawn heavier.
        let leading = run.record.dimensions.and_then(|d| d.rank).is_some_and(|rank| index < rank);
        let width = if leading { HEAVY } else { LIGHT };
        chart
            .plotting_area()
            .draw(&PathElement::new(thinned(&chart, &points), look.line().stroke_width(px(width) as u32)))?;
        canvas.close();
    }
    canvas.close();
    Ok(describe(&chart, &x, &y))
}

/// Singular values that are drawn: those of the truth and a few of what should vanish.
pub(crate) fn drawn(trajectory: &RunTrajectory) -> usize {
    trajectory.run.record.dimensions.and_then(|d| d.rank).map_or(5, |rank| rank + 3)
}

fn sentence(trajectory: &RunTrajectory) -> String {
    let Some(last) = trajectory.checkpoints.iter().rev().find(|c| top(c).is_some()) else { return String::new() };
    let largest = last.singular_values[0];
    let above = last.singular_values.iter().filter(|s| **s > 1e-3 * largest).count();
    let at_least = if above == last.singular_values.len() && above >= 10 { "at least " } else { "" };
    let end = format!(
        "Ends with {at_least}{} above a thousandth of the largest",
        count(above, "singular value", "singular values")
    );
    match trajectory.run.record.dimensions.and_then(|d| d.rank) {
        Some(rank) => {
            let gap = last.singular_values.get(rank).map(|s| s / largest);
            let gap =
                gap.map_or_else(String::new, |g| format!("; value {} is at {} of the largest", rank + 1, short(g)));
            format!("{end} (the truth has rank {rank}){gap}.")
        }
        None => format!("{end}."),
    }
}
