use plotters::element::PathElement;
use plotters::style::Color;

use super::chart::{Drawn, PANEL, chart, describe};
use super::legend::stroke_of;
use super::marker::marker;
use super::{Figure, slug};
use crate::axis::Axis;
use crate::canvas::{Canvas, px};
use crate::data::Sweep;
use crate::numbers::{self, count, exact, optional};
use crate::palette::{Look, PAPER, Shape};
use crate::study::Study;

/// Figures of this kind that a page holds.
const MOST: usize = 400;

/// One figure per panel and optimizer with more than one setting.
pub(crate) fn sweeps(study: &Study, sweeps: &[Sweep]) -> Vec<Figure> {
    sweeps.iter().take(MOST).filter_map(|sweep| figure(study, sweep)).collect()
}

fn figure(study: &Study, sweep: &Sweep) -> Option<Figure> {
    // A figure of settings that all failed would be blank; the table of failures has them.
    sweep.settings.iter().find(|s| s.error.is_some())?;
    let panel = &study.panels[sweep.panel];
    let name = sweep.name;
    let title = format!("{name} · {}", panel.title);
    let id = format!("sweep-{}-{}-{}", sweep.panel + 1, sweep.optimizer + 1, slug(&format!("{} {name}", panel.case)));
    let sentence = sentence(sweep);
    let canvas = Canvas::new(PANEL.0, PANEL.1);
    let axes = draw(&canvas, sweep, study.look(sweep.optimizer), &title).ok()?;
    Some(Figure {
        svg: canvas.finish(&id, &format!("Settings of {title}"), &sentence, &axes),
        id,
        title,
        sentence,
        panel: Some(sweep.panel),
        optimizer: Some(sweep.optimizer),
        below: None,
    })
}

fn draw(canvas: &Canvas, sweep: &Sweep, look: Look, title: &str) -> Drawn<String> {
    let positions = || sweep.settings.iter().map(|s| s.position);
    let ratio_scale = sweep.parameter.is_some() && positions().all(|p| p > 0.0);
    let x = if ratio_scale {
        Axis::logarithmic(positions(), f64::MIN_POSITIVE)
    } else {
        let (low, high) = positions().fold((f64::MAX, f64::MIN), |(l, h), p| (l.min(p), h.max(p)));
        let pad = (0.08 * (high - low)).max(0.5);
        Axis::between(low - pad, high + pad)
    };
    let y = Axis::logarithmic(sweep.settings.iter().filter_map(|s| s.error), 1e-8);
    let x_name = sweep.parameter.as_deref().unwrap_or("setting");
    let area = canvas.area();
    let chart = chart(canvas, &area, title, (x.clone(), x_name), (y.clone(), "relative error at the limit"))?;
    let (stroke, class) = stroke_of(look);
    canvas.open(&[
        ("class", &format!("series {class}")),
        ("data-o", &sweep.optimizer.to_string()),
        ("data-optimizer", sweep.name),
        ("stroke", &stroke),
        ("fill-opacity", look.opacity()),
    ]);
    let placed = || sweep.settings.iter().filter_map(|s| Some((s, (x.clamp(s.position), y.clamp(s.error?)))));
    let path: Vec<(f64, f64)> = placed().map(|(_, place)| place).collect();
    chart.plotting_area().draw(&PathElement::new(path, look.line().stroke_width(px(1.3) as u32)))?;
    for (setting, place) in placed() {
        let values = format!(
            "setting={};relative_error={};flatness={};validation_loss={};runs={};chosen={}",
            setting.label.replace(['=', ';'], " "),
            exact(setting.error),
            exact(setting.flatness),
            exact(setting.validation),
            setting.runs,
            setting.chosen
        );
        canvas.open(&[("class", "setting"), ("data-v", &values)]);
        let failed = if setting.failures > 0 { format!(", {} failed", setting.failures) } else { String::new() };
        canvas.title(&format!(
            "{}: relative error {}, flatness {}, validation loss {} ({}{failed}){}",
            setting.label,
            optional(setting.error),
            optional(setting.flatness),
            optional(setting.validation),
            count(setting.runs, "run", "runs"),
            if setting.chosen { ", chosen" } else { "" }
        ));
        if setting.chosen {
            canvas.open(&[("class", "chosen s-ink"), ("stroke", "#1b1f24")]);
            marker(&chart, place, Shape::Circle, 8.0, PAPER)?;
            canvas.close();
        }
        marker(&chart, place, look.shape(), 4.2, look.fill())?;
        canvas.close();
    }
    canvas.close();
    Ok(describe(&chart, &x, &y))
}

fn sentence(sweep: &Sweep) -> String {
    let lost: Vec<&str> =
        sweep.settings.iter().filter(|s| s.error.is_none()).map(|s| s.label.as_str()).take(4).collect();
    let compared = compared(sweep);
    if lost.is_empty() { compared } else { format!("{compared} Without a value: {}.", numbers::list(&lost)) }
}

fn compared(sweep: &Sweep) -> String {
    let best = sweep
        .settings
        .iter()
        .filter(|s| s.error.is_some())
        .min_by(|a, b| a.error.unwrap_or(f64::INFINITY).total_cmp(&b.error.unwrap_or(f64::INFINITY)));
    let chosen = sweep.settings.iter().find(|s| s.chosen);
    let name = sweep.name;
    let of = count(sweep.settings.len(), "setting", "settings");
    let Some(best) = best else { return String::new() };
    match chosen {
        Some(chosen) if chosen.label == best.label => {
            format!(
                "Of {of} of {name}, the chosen one ({}) also has the lowest relative error, {}.",
                chosen.label,
                optional(chosen.error)
            )
        }
        Some(chosen) => format!(
            "Of {of} of {name}, the chosen one ({}) has relative error {}; the lowest is {} at {}.",
            chosen.label,
            optional(chosen.error),
            optional(best.error),
            best.label
        ),
        None => format!(
            "Of {of} of {name}, none was chosen; the lowest relative error is {} at {}.",
            optional(best.error),
            best.label
        ),
    }
}
