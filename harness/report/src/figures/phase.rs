use plotters::element::PathElement;
use plotters::style::Color;

use super::chart::{Drawn, PANEL, chart, describe};
use super::legend::open_series;
use super::marker::{marker, star};
use super::standalone::Below;
use super::{Figure, slug};
use crate::axis::Axis;
use crate::canvas::{Canvas, px};
use crate::data::{Phase, PhasePoint};
use crate::numbers;
use crate::palette::MUTED;
use crate::study::Study;

/// Success against the amount of measurement with Wilson intervals, one figure per series of cases.
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
    let long = format!("Share recovered by {}: {title} ({})", phase.amount, phase.sizes);
    Some(Figure {
        svg: canvas.finish(&id, &long, &sentence, &axes),
        id,
        title,
        sentence,
        panel: None,
        optimizer: None,
        below: Some(Below { size: PANEL, notes: "★ certified flattest minimum" }),
    })
}

fn draw(canvas: &Canvas, study: &Study, phase: &Phase, title: &str) -> Drawn<String> {
    let counts = || phase.curves.iter().flat_map(|c| c.1.iter().map(|p| p.amount));
    let (low, high) = counts().fold((f64::MAX, 0.0), |(l, h): (f64, f64), m| (l.min(m), h.max(m)));
    let pad = 0.05 * (high - low);
    let x = match phase.logarithmic {
        true => Axis::logarithmic(counts(), f64::MIN_POSITIVE),
        false => Axis::between(low - pad, high + pad),
    };
    let y = Axis::between(-0.02, 1.02);
    let area = canvas.area();
    let chart = chart(canvas, &area, title, (x.clone(), phase.amount), (y.clone(), "share recovered"))?;
    let plot = chart.plotting_area();
    // Beneath the optimizers, which come to lie on it where they find what there is to find.
    canvas.open(&[("class", "references s-paper"), ("stroke", "#ffffff")]);
    let line: Vec<(f64, f64)> = phase.flattest.iter().map(|p| (p.amount, p.success.estimate)).collect();
    canvas.open(&[("stroke-dasharray", "2 3")]);
    plot.draw(&PathElement::new(line, MUTED.stroke_width(px(2.0) as u32)))?;
    canvas.close();
    for point in &phase.flattest {
        trial(canvas, "certified flattest minimum", phase.amount, point);
        star(&chart, (point.amount, point.success.estimate), true)?;
        canvas.close();
    }
    canvas.close();
    for (optimizer, points) in &phase.curves {
        let look = study.look(*optimizer);
        open_series(canvas, study, *optimizer);
        let line: Vec<(f64, f64)> = points.iter().map(|p| (p.amount, p.success.estimate)).collect();
        canvas.open(&[("stroke-dasharray", look.dash())]);
        plot.draw(&PathElement::new(line, look.line().stroke_width(px(1.5) as u32)))?;
        canvas.close();
        for point in points {
            trial(canvas, &study.optimizers[*optimizer], phase.amount, point);
            let bar = vec![(point.amount, point.success.low), (point.amount, point.success.high)];
            plot.draw(&PathElement::new(bar, look.line().mix(0.6).stroke_width(px(1.0) as u32)))?;
            marker(&chart, (point.amount, point.success.estimate), look.shape(), 3.4, look.fill())?;
            canvas.close();
        }
        canvas.close();
    }
    Ok(describe(&chart, &x, &y))
}

/// Opens the group of a point, with what hovering says.
fn trial(canvas: &Canvas, name: &str, amount: &str, point: &PhasePoint) {
    let PhasePoint { amount: value, success, recovered, trials } = point;
    let (low, high) = (numbers::exact(Some(success.low)), numbers::exact(Some(success.high)));
    let values = format!("amount={value};recovered={recovered};trials={trials};low={low};high={high}");
    canvas.open(&[("class", "trial"), ("data-v", &values)]);
    let (low, high) = (numbers::short(success.low), numbers::short(success.high));
    canvas.title(&format!("{name}, {amount} = {value}: {recovered} of {trials} recovered ({low} to {high})"));
}

fn sentence(study: &Study, phase: &Phase) -> String {
    // Of corruption one would name the most, of everything else the least.
    let harms = phase.harms;
    let symbol = phase.amount.split(' ').next_back().unwrap_or_default();
    let reached = |name: &str, points: &[PhasePoint]| {
        let half = |p: &&PhasePoint| p.success.estimate >= 0.5;
        match if harms { points.iter().rfind(half) } else { points.iter().find(half) } {
            Some(point) if harms => format!("{name} up to {}", point.amount),
            Some(point) => format!("{name} from {symbol} = {}", point.amount),
            None => format!("{name} nowhere"),
        }
    };
    let mut found: Vec<String> = Vec::new();
    if !phase.flattest.is_empty() {
        found.push(reached("the certified flattest minimum (★)", &phase.flattest));
    }
    found.extend(phase.curves.iter().take(8).map(|(optimizer, points)| reached(&study.optimizers[*optimizer], points)));
    format!("At least half of the time the truth is recovered: {}.", numbers::list(&found))
}
