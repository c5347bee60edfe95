use std::collections::BTreeMap;

use flatbench_records::{Init, Quality};
use plotters::element::{PathElement, Rectangle};
use plotters::style::Color;

use super::chart::{Area, Drawn, PANEL, chart, describe};
use super::legend::open_series;
use super::marker::{marker, ring, star};
use super::standalone::Below;
use super::{Figure, slug};
use crate::axis::Axis;
use crate::bounds::Bounds;
use crate::canvas::{Canvas, px};
use crate::data::{self, Landscape, Point};
use crate::numbers::{self, exact, multiple, short};
use crate::palette::{GOOD, MUTED, PAPER};
use crate::study::{Measure, RECOVERED, Study};

/// Errors below this are equal to the eye and to the purpose.
const ERROR_FLOOR: f64 = 1e-5;

/// Heights below this share of the least minimum are drawn there: they belong to iterates off zero loss, and room for them
/// would be taken from the minima.
const DEPTH: f64 = 0.5;

/// What the marks mean, for a panel that stands alone.
const NOTES: &str =
    "Filled: limit; hollow: iterate, no minimum. ★ flattest minimum (hollow: not certified), ⊗ norm-minimal.";

/// Axes that all panels of a start share, so that they can be compared by eye.
pub(super) struct Scale {
    error: Axis,
    excess: Axis,
}

impl Scale {
    pub(super) fn of<'a>(all: impl Iterator<Item = &'a Landscape> + Clone) -> Self {
        let errors = all.clone().flat_map(places).map(|p| p.0);
        let excess = all.filter(|l| l.measure == Measure::Excess).flat_map(places).map(|p| p.1);
        Scale {
            error: Axis::logarithmic(errors.chain([RECOVERED, 1.0]), ERROR_FLOOR),
            excess: Axis::logarithmic(excess.chain([0.8, 4.0]), DEPTH),
        }
    }

    fn of_panel(&self, landscape: &Landscape) -> (Axis, Axis) {
        let flatness = match landscape.measure {
            Measure::Excess => self.excess.clone(),
            Measure::Trace => {
                let least = minima(landscape).map(|p| p.1).fold(f64::INFINITY, f64::min);
                let floor = if least.is_finite() { DEPTH * least } else { 1e-12 };
                Axis::logarithmic(places(landscape).map(|p| p.1), floor.max(1e-12))
            }
        };
        (self.error.clone(), flatness)
    }
}

/// Limit points and references.
fn minima(landscape: &Landscape) -> impl Iterator<Item = (f64, f64)> + '_ {
    let marks = landscape.flattest.iter().chain(&landscape.norm_minimal).map(|m| (m.error, m.flatness));
    landscape.points.iter().filter_map(|p| p.limit).chain(marks)
}

fn places(landscape: &Landscape) -> impl Iterator<Item = (f64, f64)> + '_ {
    landscape.points.iter().filter_map(|p| p.iterate).chain(minima(landscape))
}

/// One figure per panel.
pub(crate) fn landscapes(study: &Study, all: &[Landscape]) -> Vec<Figure> {
    let scales: BTreeMap<Init, Scale> = all
        .iter()
        .map(|l| study.panels[l.panel].init)
        .map(|init| (init, Scale::of(all.iter().filter(move |l| study.panels[l.panel].init == init))))
        .collect();
    let figure = |landscape: &Landscape| {
        let panel = &study.panels[landscape.panel];
        let id = format!("flatness-{}-{}", landscape.panel + 1, slug(&panel.title));
        let canvas = Canvas::new(PANEL.0, PANEL.1);
        let sentence = sentence(study, landscape);
        let names = ("relative error", landscape.measure.name());
        let axes = draw(&canvas, &canvas.area(), study, landscape, &scales[&panel.init], (&panel.title, names)).ok()?;
        Some(Figure {
            svg: canvas.finish(&id, &format!("Flatness against recovery error: {}", panel.title), &sentence, &axes),
            id,
            title: panel.title.clone(),
            sentence,
            panel: Some(landscape.panel),
            optimizer: None,
            below: Some(Below { size: PANEL, notes: NOTES }),
        })
    };
    all.iter().filter_map(figure).collect()
}

/// Draws a panel under `heading`; `names` are those of the axes.
pub(super) fn draw(
    canvas: &Canvas,
    area: &Area,
    study: &Study,
    landscape: &Landscape,
    scale: &Scale,
    (heading, names): (&str, (&str, &str)),
) -> Drawn<String> {
    let (x, y) = scale.of_panel(landscape);
    let y_name = landscape.measure.name();
    let chart = chart(canvas, area, heading, (x.clone(), names.0), (y.clone(), names.1))?;
    let (left, bottom, top) = (x.lowest(), y.lowest(), y.clamp(f64::MAX));
    let at = |(error, flatness): (f64, f64)| (x.clamp(error), y.clamp(flatness));

    canvas.open(&[("class", "guide"), ("data-box", &format!("{RECOVERED:e}"))]);
    let plot = chart.plotting_area();
    plot.draw(&Rectangle::new([(left, top), (x.clamp(RECOVERED), bottom)], GOOD.filled()))?;
    canvas.close();
    if landscape.measure == Measure::Excess {
        canvas.open(&[("class", "guide"), ("data-level", "1"), ("stroke-dasharray", "4 3")]);
        let ends = vec![(left, y.clamp(1.0)), (x.clamp(f64::MAX), y.clamp(1.0))];
        plot.draw(&PathElement::new(ends, MUTED.stroke_width(px(1.2) as u32)))?;
        canvas.close();
    }

    canvas.open(&[("class", "references s-paper"), ("stroke", "#ffffff")]);
    for mark in landscape.norm_minimal.iter().filter(|mark| mark.drawn) {
        reference(canvas, "norm-minimal", mark.name, (mark.error, mark.flatness), y_name);
        ring(&chart, at((mark.error, mark.flatness)))?;
        canvas.close();
    }
    for mark in landscape.flattest.iter().filter(|mark| mark.drawn) {
        reference(canvas, "flattest", mark.name, (mark.error, mark.flatness), y_name);
        star(&chart, at((mark.error, mark.flatness)), mark.certified)?;
        canvas.close();
    }
    canvas.close();
    let archived = |points: &&[Point]| study.is_archived(points[0].optimizer);
    let by_optimizer = || landscape.points.chunk_by(|a, b| a.optimizer == b.optimizer);
    // What was run here lies on top.
    let (beside, own) = (by_optimizer().filter(|points| archived(points)), by_optimizer().filter(|p| !archived(p)));
    // Later ones are smaller, so that one does not hide another in the same place.
    let radii = (0..).map(|nth: u32| (5.4 - 0.55 * f64::from(nth)).max(3.2));
    for (points, radius) in beside.zip(std::iter::repeat(3.6)).chain(own.zip(radii)) {
        let optimizer = points[0].optimizer;
        let look = study.look(optimizer);
        open_series(canvas, study, optimizer);
        for (point, drawn) in points.iter().filter_map(|point| Some((point, point.drawn.as_ref()?))) {
            open_run(canvas, point, drawn);
            // Of an archived run the end alone: the way there would hide what it is compared with.
            let way = point.limit.is_none() || !archived(&points);
            if let (Some(a), Some(b)) = (point.iterate, point.limit)
                && way
                && at(a) != at(b)
            {
                plot.draw(&PathElement::new(vec![at(a), at(b)], look.line().mix(0.45).stroke_width(px(0.9) as u32)))?;
            }
            if let Some(place) = point.iterate.filter(|_| way) {
                canvas.open(&[("class", "it")]);
                marker(&chart, at(place), look.shape(), 2.3, PAPER)?;
                canvas.close();
            }
            if let Some(place) = point.limit {
                canvas.open(&[("class", "li")]);
                marker(&chart, at(place), look.shape(), radius, look.fill())?;
                canvas.close();
            }
            canvas.close();
        }
        canvas.close();
    }

    Ok(describe(&chart, &x, &y))
}

fn open_run(canvas: &Canvas, point: &Point, drawn: &data::Drawn) {
    let pair = |p: Option<(f64, f64)>| p.map(|(e, f)| format!("{} {}", exact(Some(e)), exact(Some(f))));
    let (iterate, limit) = (pair(point.iterate), pair(point.limit));
    let mut attributes = vec![("class", "run"), ("data-key", drawn.key.as_str())];
    attributes.extend(iterate.as_deref().map(|p| ("data-it", p)));
    attributes.extend(limit.as_deref().map(|p| ("data-li", p)));
    canvas.open(&attributes);
    canvas.title(&drawn.label);
}

fn reference(canvas: &Canvas, class: &str, name: &str, (error, flatness): (f64, f64), measure: &str) {
    let place = format!("{} {}", exact(Some(error)), exact(Some(flatness)));
    canvas.open(&[("class", &format!("reference {class}")), ("data-li", &place)]);
    canvas.title(&format!("{name}: {measure} {}, relative error {}", short(flatness), short(error)));
}

/// What to see: who ends flattest, who least flat, and whether the flattest minimum is the truth.
fn sentence(study: &Study, landscape: &Landscape) -> String {
    let by_optimizer = || landscape.points.chunk_by(|a, b| a.optimizer == b.optimizer);
    let mut ends: Vec<(usize, Bounds, Option<f64>)> = by_optimizer()
        .filter_map(|points| {
            let bounds = Bounds::median(points.iter().filter_map(|p| p.bounds))?;
            Some((points[0].optimizer, bounds, numbers::median(points.iter().filter_map(|p| Some(p.limit?.0)))))
        })
        .collect();
    let height = |bounds: &Bounds| bounds.height().unwrap_or(f64::INFINITY);
    ends.sort_by(|a, b| height(&a.1).total_cmp(&height(&b.1)));
    let say = |(optimizer, flatness, error): &(usize, Bounds, Option<f64>)| {
        let value = match landscape.measure {
            Measure::Excess => flatness.words(),
            Measure::Trace => format!("tr H {}", flatness.cell(Measure::Trace)),
        };
        format!("{} ({value}, error {})", study.optimizers[*optimizer], numbers::optional(*error))
    };
    let mut out = match ends.as_slice() {
        [] if landscape.points.is_empty() => "No run has a place here; only the references are drawn.".to_owned(),
        [] => "No run reached a minimum: what is drawn is where optimizers stopped, and its flatness is that of no minimum.".to_owned(),
        [one] => format!("Only {} has runs here that reached a minimum.", say(one)),
        [first, .., last] if height(&last.1) / height(&first.1) < 1.001 => {
            format!("No difference: all optimizers end at the same flatness within 0.1 %, {}.", say(first))
        }
        [first, .., last] => format!("Flattest: {}; least flat: {}.", say(first), say(last)),
    };
    // What was run here, where that is neither end.
    let inside = ends.iter().skip(1).rev().skip(1).filter(|end| study.has_archived() && !study.is_archived(end.0));
    let words: Vec<String> = inside.take(3).map(say).collect();
    if !words.is_empty() {
        out.push_str(&format!(" In between: {}.", numbers::list(&words)));
    }
    let short_of_it: Vec<&str> = by_optimizer()
        .filter(|points| points.iter().all(|p| p.limit.is_none()))
        .map(|points| study.optimizers[points[0].optimizer].as_str())
        .take(4)
        .collect();
    if !short_of_it.is_empty() && !ends.is_empty() {
        out.push_str(&format!(" No minimum was reached by {} (hollow marks only).", numbers::list(&short_of_it)));
    }
    if study.panels[landscape.panel].control {
        out.push_str(" A negative control: every zero-loss point has this trace.");
        return out;
    }
    let away = landscape.flattest.iter().filter(|m| m.error > 1e-2).count();
    if away > 0 {
        let of = landscape.flattest.len();
        out.push_str(&format!(" ★ is not the truth in {away} of {of} instances."));
    }
    let panel = &study.panels[landscape.panel];
    match (panel.quality, landscape.least) {
        (Some(Quality::Minimum), _) => {}
        (Some(Quality::BestKnown), Some(least)) => {
            out.push_str(&format!(
                " ★ is the flattest minimum known, not certified; none is flatter than {}.",
                multiple(least)
            ));
        }
        (Some(Quality::BestKnown), None) => out.push_str(" ★ is the flattest minimum known, not certified."),
        (Some(Quality::LowerBound), _) => {
            out.push_str(" The unit is a lower bound of the flattest minimum, which no minimum need have.");
        }
        (Some(Quality::Unattained), _) => {
            out.push_str(" ★ is an estimate that no minimum need have, so the height is tr H itself.");
        }
        (None, _) => {
            let reason = panel.missing.as_ref().map_or_else(String::new, |reason| format!(" ({reason})"));
            out.push_str(&format!(" No flattest minimum is known here{reason}, so the height is tr H itself."));
        }
    }
    let left = landscape.points.iter().filter(|point| point.drawn.is_none()).count();
    if left > 0 {
        out.push_str(&format!(
            " Drawn are the first runs of each optimizer, {} of {}; what is said here is of all.",
            landscape.points.len() - left,
            landscape.points.len()
        ));
    }
    if landscape.unplaced > 0 {
        out.push_str(&format!(
            " Not drawn, for want of a finite error or trace: {}.",
            numbers::count(landscape.unplaced, "run", "runs")
        ));
    }
    out
}
