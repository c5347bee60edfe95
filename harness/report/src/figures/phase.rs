use plotters::element::PathElement;
use plotters::style::Color;

use super::chart::{Drawn, PANEL, chart, describe};
use super::legend::stroke_of;
use super::marker::marker;
use super::standalone::Below;
use super::{Figure, slug};
use crate::axis::Axis;
use crate::canvas::{Canvas, px};
use crate::data::Phase;
use crate::numbers;
use crate::palette::Look;
use crate::study::Study;

/// Success against measurements with Wilson intervals, one figure per series of cases.
pub(crate) fn phases(study: &Study, phases: &[Phase]) -> Vec<Figure> {
    phases.iter().enumerate().filter_map(|(index, phase)| figure(study, index, phase)).collect()
}

fn figure(study: &Study, index: usize, phase: &Phase) -> Option<Figure> {
    let rank = phase.rank.map_or_else(String::new, |r| format!(" · rank {r}"));
    let title = format!("{}{rank} · {} init", phase.family, phase.init.name());
    let id = format!("phase-{}-{}", index + 1, slug(&title));
    let sentence = sentence(study, phase);
    let canvas = Canvas::new(PANEL.0, PANEL.1);
    let axes = draw(&canvas, study, phase, &title).ok()?;
    let long = format!("Share recovered by measurements: {title} ({})", phase.sizes);
    Some(Figure {
        svg: canvas.finish(&id, &long, &sentence, &axes),
        id,
        title,
        sentence,
        panel: None,
        optimizer: None,
        below: Some(Below { size: PANEL, notes: "" }),
    })
}

fn draw(canvas: &Canvas, study: &Study, phase: &Phase, title: &str) -> Drawn<String> {
    let counts = || phase.curves.iter().flat_map(|c| c.1.iter().map(|p| p.measurements as f64));
    let (low, high) = counts().fold((f64::MAX, 0.0), |(l, h): (f64, f64), m| (l.min(m), h.max(m)));
    let pad = (0.05 * (high - low)).max(1.0);
    let x = Axis::between(low - pad, high + pad);
    let y = Axis::between(-0.02, 1.02);
    let area = canvas.area();
    let chart = chart(canvas, &area, title, (x.clone(), "measurements m"), (y.clone(), "share recovered"))?;
    let plot = chart.plotting_area();
    for (optimizer, points) in &phase.curves {
        let look = Look::of(*optimizer);
        let (stroke, class) = stroke_of(look);
        canvas.open(&[
            ("class", &format!("series {class}")),
            ("data-o", &optimizer.to_string()),
            ("data-optimizer", study.optimizers[*optimizer]),
            ("stroke", &stroke),
        ]);
        let line: Vec<(f64, f64)> = points.iter().map(|p| (p.measurements as f64, p.success.estimate)).collect();
        canvas.open(&[("stroke-dasharray", look.dash())]);
        plot.draw(&PathElement::new(line, look.line().stroke_width(px(1.5) as u32)))?;
        canvas.close();
        for point in points {
            let m = point.measurements as f64;
            let values = format!(
                "measurements={};recovered={};trials={};low={};high={}",
                point.measurements,
                point.recovered,
                point.trials,
                numbers::exact(Some(point.success.low)),
                numbers::exact(Some(point.success.high))
            );
            canvas.open(&[("class", "trial"), ("data-v", &values)]);
            canvas.title(&format!(
                "{}, m = {}: {} of {} recovered ({} to {})",
                study.optimizers[*optimizer],
                point.measurements,
                point.recovered,
                point.trials,
                numbers::short(point.success.low),
                numbers::short(point.success.high)
            ));
            let bar = vec![(m, point.success.low), (m, point.success.high)];
            plot.draw(&PathElement::new(bar, look.line().mix(0.6).stroke_width(px(1.0) as u32)))?;
            marker(&chart, (m, point.success.estimate), look.shape(), 3.4, look.fill())?;
            canvas.close();
        }
        canvas.close();
    }
    Ok(describe(&chart, &x, &y))
}

fn sentence(study: &Study, phase: &Phase) -> String {
    let reached: Vec<String> = phase
        .curves
        .iter()
        .take(8)
        .map(|(optimizer, points)| {
            let name = study.optimizers[*optimizer];
            match points.iter().find(|p| p.success.estimate >= 0.5) {
                Some(point) => format!("{name} from m = {}", point.measurements),
                None => format!("{name} at no m"),
            }
        })
        .collect();
    format!("At least half of the runs recover the truth: {}.", numbers::list(&reached))
}
