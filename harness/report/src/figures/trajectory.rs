use plotters::element::PathElement;
use plotters::style::Color;

use super::chart::{Drawn, PANEL, chart, describe};
use super::legend::stroke_of;
use super::line::thinned;
use super::standalone::Below;
use super::{Figure, MOST_PANELS, slug};
use crate::axis::Axis;
use crate::canvas::{Canvas, px};
use crate::data::{self, Moment, Quantity, RunTrajectory};
use crate::numbers::{self, short};
use crate::palette::MUTED;
use crate::study::{Measure, Panel, Study};

/// Width of a curve in pixels.
const WIDTH: f64 = 1.5;

/// Width where the loss is not zero yet, so that tr H is that of no minimum.
const THIN: f64 = 0.7;

/// Meaning of thick and thin.
const NOTES: &str = "thick: at zero loss; thin: off it; dashed: flattest minimum";

/// One figure per panel of the runs' trajectories in `quantity` by gradient equivalents.
pub(crate) fn trajectories(study: &Study, trajectories: &[RunTrajectory], quantity: Quantity) -> Vec<Figure> {
    let most = data::drawn_per_cell(trajectories);
    let by_panel = trajectories.chunk_by(|a, b| a.run.panel == b.run.panel);
    by_panel.take(MOST_PANELS).filter_map(|trajectories| figure(study, trajectories, quantity, most)).collect()
}

/// A run in a figure.
struct Curve<'t, 'a> {
    trajectory: &'t RunTrajectory<'a>,
    moments: Vec<Moment>,
}

impl Curve<'_, '_> {
    fn optimizer(&self) -> usize {
        self.trajectory.run.optimizer
    }

    fn values(&self) -> impl Iterator<Item = f64> + '_ {
        self.moments.iter().map(|moment| moment.value)
    }
}

fn figure(study: &Study, trajectories: &[RunTrajectory], quantity: Quantity, most: usize) -> Option<Figure> {
    let panel_index = trajectories[0].run.panel;
    let panel = &study.panels[panel_index];
    let curves: Vec<Curve> = trajectories
        .chunk_by(|a, b| a.run.optimizer == b.run.optimizer)
        .flat_map(|c| c.iter().take(most))
        .map(|trajectory| Curve { trajectory, moments: trajectory.moments(quantity, panel) })
        .filter(|curve| curve.moments.len() >= 2)
        .collect();
    if curves.is_empty() {
        return None;
    }
    let id = format!("{}-{}-{}", quantity.slug(), panel_index + 1, slug(&panel.title));
    let title = format!("{} along the way: {}", quantity.name(panel), panel.title);
    let sentence = sentence(study, &curves, quantity, panel);
    let canvas = Canvas::new(PANEL.0, PANEL.1);
    let axes = draw(&canvas, study, &curves, quantity, panel).ok()?;
    let notes = if quantity == Quantity::Trace { NOTES } else { "" };
    Some(Figure {
        svg: canvas.finish(&id, &title, &sentence, &axes),
        id,
        title: panel.title.clone(),
        sentence,
        panel: Some(panel_index),
        optimizer: None,
        below: Some(Below { size: PANEL, notes }),
    })
}

fn draw(canvas: &Canvas, study: &Study, curves: &[Curve], quantity: Quantity, panel: &Panel) -> Drawn<String> {
    let moments = || curves.iter().flat_map(|curve| &curve.moments);
    let start = curves.iter().filter_map(|curve| curve.values().next()).fold(0.0, f64::max);
    // What every figure of excess flatness holds: the line at one.
    let level = (quantity == Quantity::Trace && panel.measure == Measure::Excess).then_some(1.0);
    // The start costs nothing, which a logarithmic axis cannot show: it is drawn at one gradient.
    let x = Axis::logarithmic(moments().map(|moment| moment.gradient_equivalents.max(1.0)), 1.0);
    let y = Axis::logarithmic(moments().map(|moment| moment.value).chain(level), quantity.floor(panel, start));
    let area = canvas.area();
    let names = ((x.clone(), "gradient equivalents"), (y.clone(), quantity.name(panel)));
    let chart = chart(canvas, &area, &panel.title, names.0, names.1)?;
    let plot = chart.plotting_area();
    if let Some(level) = level {
        canvas.open(&[("class", "guide"), ("data-level", "1"), ("stroke-dasharray", "4 3")]);
        let ends = vec![(x.lowest(), y.clamp(level)), (x.clamp(f64::MAX), y.clamp(level))];
        plot.draw(&PathElement::new(ends, MUTED.stroke_width(px(1.2) as u32)))?;
        canvas.close();
    }
    let two_widths = quantity == Quantity::Trace;
    for curves in curves.chunk_by(|a, b| a.optimizer() == b.optimizer()) {
        let optimizer = curves[0].optimizer();
        let look = study.look(optimizer);
        let attributes = [
            ("class", format!("series {}", stroke_of(look).1)),
            ("data-o", optimizer.to_string()),
            ("data-optimizer", study.optimizers[optimizer].clone()),
            ("stroke-dasharray", look.dash().to_owned()),
        ];
        canvas.open_lines(&attributes.each_ref().map(|(name, value)| (*name, value.as_str())), look.line(), WIDTH);
        for curve in curves {
            let run = &curve.trajectory.run;
            let unit = quantity.unit(run, panel).filter(|unit| *unit != 1.0).map(|unit| unit.to_string());
            let mut attributes = vec![("class", "curve"), ("data-key", &run.record.key), ("data-q", quantity.slug())];
            attributes.extend(unit.as_deref().map(|unit| ("data-unit", unit)));
            canvas.open(&attributes);
            canvas.title(&format!(
                "{}, repetition {}: {} {} at the end",
                &study.optimizers[optimizer],
                run.record.repetition,
                quantity.name(panel),
                numbers::optional(curve.values().last())
            ));
            let place = |moment: &Moment| (x.clamp(moment.gradient_equivalents), y.clamp(moment.value));
            let line = |moments: &[Moment], width: f64| {
                let points: Vec<(f64, f64)> = moments.iter().map(place).filter(|(x, _)| x.is_finite()).collect();
                let style = look.line().stroke_width(px(width) as u32);
                plot.draw(&PathElement::new(thinned(&chart, &points), style))
            };
            line(&curve.moments, if two_widths { THIN } else { WIDTH })?;
            if two_widths {
                let at_zero_loss = curve.moments.chunk_by(|a, b| a.interpolates && b.interpolates);
                for stretch in at_zero_loss.filter(|stretch| stretch.len() >= 2) {
                    line(stretch, WIDTH)?;
                }
            }
            canvas.close();
        }
        canvas.close();
    }
    Ok(describe(&chart, &x, &y))
}

fn sentence(study: &Study, curves: &[Curve], quantity: Quantity, panel: &Panel) -> String {
    let mut ends: Vec<(usize, f64, f64)> = curves
        .chunk_by(|a, b| a.optimizer() == b.optimizer())
        .filter_map(|curves| {
            let of = |last: bool| {
                numbers::median(curves.iter().filter_map(|curve| {
                    let mut values = curve.values();
                    if last { values.last() } else { values.next() }
                }))
            };
            Some((curves[0].optimizer(), of(false)?, of(true)?))
        })
        .collect();
    ends.sort_by(|a, b| a.2.total_cmp(&b.2));
    let name = |o: usize| &study.optimizers[o];
    let says = |value: f64| match (quantity, panel.measure) {
        (Quantity::Trace, Measure::Excess) => numbers::multiple(value),
        _ => short(value),
    };
    match ends.as_slice() {
        [] => String::new(),
        [(o, from, to)] => format!("{} goes from {} to {}.", name(*o), says(*from), says(*to)),
        // Who stops lowest is flattest only among minima, which iterates are not.
        [(_, from, least), .., (_, _, most)] if quantity == Quantity::Trace => format!(
            "From {} at the start to between {} and {} where the runs stopped, which are iterates and no minima.",
            says(*from),
            says(*least),
            says(*most)
        ),
        [(low, from, least), .., (high, _, most)] => format!(
            "From {} at the start: {} ends lowest at {}, {} highest at {}.",
            says(*from),
            name(*low),
            says(*least),
            name(*high),
            says(*most)
        ),
    }
}
