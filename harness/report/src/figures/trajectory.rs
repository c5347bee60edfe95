use plotters::element::PathElement;
use plotters::style::Color;

use super::chart::{Drawn, PANEL, chart, describe};
use super::legend::stroke_of;
use super::line::thinned;
use super::standalone::Below;
use super::{Figure, MOST_PANELS, slug};
use crate::axis::Axis;
use crate::canvas::{Canvas, px};
use crate::data::{self, Quantity, RunTrajectory};
use crate::numbers::{self, short};
use crate::study::Study;

/// Width of a curve in pixels.
const WIDTH: f64 = 1.5;

/// One figure per panel of the runs' trajectories in `quantity` by gradient equivalents.
pub(crate) fn trajectories(study: &Study, trajectories: &[RunTrajectory], quantity: Quantity) -> Vec<Figure> {
    let most = data::drawn_per_cell(trajectories);
    let by_panel = trajectories.chunk_by(|a, b| a.run.panel == b.run.panel);
    by_panel.take(MOST_PANELS).filter_map(|trajectories| figure(study, trajectories, quantity, most)).collect()
}

fn figure(study: &Study, trajectories: &[RunTrajectory], quantity: Quantity, most: usize) -> Option<Figure> {
    let panel_index = trajectories[0].run.panel;
    let panel = &study.panels[panel_index];
    let drawn: Vec<&RunTrajectory> = trajectories
        .chunk_by(|a, b| a.run.optimizer == b.run.optimizer)
        .flat_map(|c| c.iter().take(most))
        .filter(|c| c.checkpoints.iter().filter(|p| quantity.of(p).is_some()).count() >= 2)
        .collect();
    if drawn.is_empty() {
        return None;
    }
    let id = format!("{}-{}-{}", quantity.slug(), panel_index + 1, slug(&panel.title));
    let title = format!("{} along the way: {}", quantity.name(), panel.title);
    let sentence = sentence(study, &drawn, quantity);
    let canvas = Canvas::new(PANEL.0, PANEL.1);
    let axes = draw(&canvas, study, &drawn, quantity).ok()?;
    Some(Figure {
        svg: canvas.finish(&id, &title, &sentence, &axes),
        id,
        title: panel.title.clone(),
        sentence,
        panel: Some(panel_index),
        optimizer: None,
        below: Some(Below { size: PANEL, notes: "" }),
    })
}

fn draw(canvas: &Canvas, study: &Study, trajectories: &[&RunTrajectory], quantity: Quantity) -> Drawn<String> {
    let all = || trajectories.iter().flat_map(|c| c.checkpoints);
    // The start costs nothing, which a logarithmic axis cannot show: it is drawn at one gradient.
    let x = Axis::logarithmic(all().map(|c| c.gradient_equivalents.max(1.0)), 1.0);
    let y = Axis::logarithmic(all().filter_map(|c| quantity.of(c)), quantity.floor());
    let area = canvas.area();
    let title = &study.panels[trajectories[0].run.panel].title;
    let chart = chart(canvas, &area, title, (x.clone(), "gradient equivalents"), (y.clone(), quantity.name()))?;
    for trajectories in trajectories.chunk_by(|a, b| a.run.optimizer == b.run.optimizer) {
        let optimizer = trajectories[0].run.optimizer;
        let look = study.look(optimizer);
        let attributes = [
            ("class", format!("series {}", stroke_of(look).1)),
            ("data-o", optimizer.to_string()),
            ("data-optimizer", study.optimizers[optimizer].clone()),
            ("stroke-dasharray", look.dash().to_owned()),
        ];
        canvas.open_lines(&attributes.each_ref().map(|(name, value)| (*name, value.as_str())), look.line(), WIDTH);
        for trajectory in trajectories {
            canvas.open(&[("class", "curve"), ("data-key", &trajectory.run.record.key), ("data-q", quantity.slug())]);
            let last = trajectory.checkpoints.iter().rev().find_map(|c| quantity.of(c));
            canvas.title(&format!(
                "{}, repetition {}: {} {} at the end",
                &study.optimizers[optimizer],
                trajectory.run.record.repetition,
                quantity.name(),
                numbers::optional(last)
            ));
            let points: Vec<(f64, f64)> = trajectory
                .drawn()
                .into_iter()
                .filter_map(|c| Some((x.clamp(c.gradient_equivalents), y.clamp(quantity.of(c)?))))
                .filter(|(x, _)| x.is_finite())
                .collect();
            let style = look.line().stroke_width(px(WIDTH) as u32);
            chart.plotting_area().draw(&PathElement::new(thinned(&chart, &points), style))?;
            canvas.close();
        }
        canvas.close();
    }
    Ok(describe(&chart, &x, &y))
}

fn sentence(study: &Study, trajectories: &[&RunTrajectory], quantity: Quantity) -> String {
    let mut ends: Vec<(usize, f64, f64)> = trajectories
        .chunk_by(|a, b| a.run.optimizer == b.run.optimizer)
        .filter_map(|trajectories| {
            let of = |last: bool| {
                numbers::median(trajectories.iter().filter_map(|c| {
                    let mut values = c.checkpoints.iter().filter_map(|p| quantity.of(p));
                    if last { values.next_back() } else { values.next() }
                }))
            };
            Some((trajectories[0].run.optimizer, of(false)?, of(true)?))
        })
        .collect();
    ends.sort_by(|a, b| a.2.total_cmp(&b.2));
    let name = |o: usize| &study.optimizers[o];
    match ends.as_slice() {
        [] => String::new(),
        [(o, from, to)] => format!("{} goes from {} to {}.", name(*o), short(*from), short(*to)),
        // Who stops lowest is flattest only among minima, which iterates are not.
        [(_, from, least), .., (_, _, most)] if quantity == Quantity::Trace => format!(
            "From {} at the start to between {} and {} where the runs stopped, which are iterates and no minima.",
            short(*from),
            short(*least),
            short(*most)
        ),
        [(low, from, least), .., (high, _, most)] => format!(
            "From {} at the start: {} ends lowest at {}, {} highest at {}.",
            short(*from),
            name(*low),
            short(*least),
            name(*high),
            short(*most)
        ),
    }
}
