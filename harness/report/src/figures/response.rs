use plotters::element::{PathElement, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, RGBColor};

use super::chart::{Chart, Drawn, PANEL, chart, describe, shorten, text};
use super::legend::stroke_of;
use super::map::Shown;
use super::marker::marker;
use super::{Figure, slug};
use crate::axis::Axis;
use crate::canvas::{Canvas, px};
use crate::data::{LinePoint, Response};
use crate::numbers::{self, count, exact, optional};
use crate::palette::INK;
use crate::study::Study;

/// Lines in a figure; more are not told apart.
const MOST: usize = 8;
/// Lines up to which their intervals are drawn; those of more would lie on each other.
const WITH_INTERVALS: usize = 3;
/// Room at the right for the names of lines, pixels.
const NAMES: f64 = 40.0;
/// Least distance between two of them, pixels.
const APART: f64 = 11.0;
/// Weakest of the lines of one optimizer.
const WEAKEST: f64 = 0.35;
/// Excess flatness that is drawn at the end of the axis, and what is beyond it.
const FULL: f64 = 1e3;

/// One figure per response that has what is to be shown.
pub(crate) fn responses(study: &Study, all: &[&Response], shown: Shown) -> Vec<Figure> {
    all.iter().enumerate().filter_map(|(index, response)| figure(study, index, response, shown)).collect()
}

/// The lines that are drawn: all, or some that are spread over them.
fn drawn(response: &Response) -> Vec<usize> {
    let all = response.lines.len();
    let few = all.min(MOST);
    (0..few).map(|nth| if few > 1 { nth * (all - 1) / (few - 1) } else { 0 }).collect()
}

fn height(point: &LinePoint, shown: Shown) -> Option<f64> {
    match shown {
        Shown::Recovered => point.recovered.map(|(_, share)| share.estimate),
        // The few that reached a minimum do not speak for the others.
        Shown::Excess if 2 * point.limits < point.trials => None,
        Shown::Excess => point.excess?.height().map(|height| height.clamp(1.0, FULL)),
    }
}

fn figure(study: &Study, index: usize, response: &Response, shown: Shown) -> Option<Figure> {
    response.lines.iter().flat_map(|line| &line.values).find_map(|point| height(point, shown))?;
    let stem = response.stem.split('-').next().filter(|stem| !stem.is_empty()).unwrap_or(&response.family);
    let facet = if response.facet.is_empty() { String::new() } else { format!(" · {}", response.facet) };
    let who = response.optimizer.map_or_else(String::new, |own| format!("{} · ", study.names[own]));
    let title = format!("{who}{stem} · {} init{facet}", response.init.name());
    let what = if shown == Shown::Recovered { "response" } else { "response-flatness" };
    let id = format!("{what}-{}-{}", index + 1, slug(&format!("{title} {}", response.x.label)));
    let sentence = sentence(response, shown);
    let canvas = Canvas::new(PANEL.0 + NAMES, PANEL.1);
    let axes = draw(&canvas, study, response, shown, &title).ok()?;
    let y = if shown == Shown::Recovered { "Share recovered" } else { "Excess flatness" };
    let long = format!("{y} by {}: {title} ({})", response.x.label, response.family);
    let svg = canvas.finish(&id, &long, &sentence, &axes);
    Some(Figure { svg, id, title, sentence, panel: None, optimizer: None, below: None })
}

fn draw(canvas: &Canvas, study: &Study, response: &Response, shown: Shown, title: &str) -> Drawn<String> {
    let values = &response.x.values;
    let x = match values.as_slice() {
        _ if response.x.is_logarithmic() => Axis::logarithmic(values.iter().copied(), f64::MIN_POSITIVE),
        [first, .., last] => Axis::between(first - 0.05 * (last - first), last + 0.05 * (last - first)),
        _ => Axis::between(0.0, 1.0),
    };
    let drawn = drawn(response);
    let points = || drawn.iter().flat_map(|line| &response.lines[*line].values);
    let (y, y_name) = match shown {
        Shown::Recovered => (Axis::between(-0.02, 1.02), "share recovered"),
        Shown::Excess => {
            let heights = points().filter_map(|point| height(point, shown));
            (Axis::logarithmic(heights.chain([1.0, 2.0]), f64::MIN_POSITIVE), "excess flatness at the limit")
        }
    };
    let whole = canvas.area();
    let (area, _) = whole.split_horizontally(px(PANEL.0));
    let chart = chart(canvas, &area, title, (x.clone(), &response.x.label), (y.clone(), y_name))?;
    let mut ends: Vec<(f64, String, RGBColor)> = Vec::new();
    for (nth, line) in drawn.iter().map(|line| &response.lines[*line]).enumerate() {
        let look = study.look(line.optimizer);
        let (stroke, class) = stroke_of(look);
        // Lines of one optimizer are of one colour, the stronger the larger the case.
        let strength = match response.lines_by {
            Some(_) if drawn.len() > 1 => WEAKEST + (1.0 - WEAKEST) * nth as f64 / (drawn.len() - 1) as f64,
            _ => 1.0,
        };
        canvas.open(&[
            ("class", &format!("series {class}")),
            ("data-optimizer", study.names[line.optimizer]),
            ("stroke", &stroke),
            ("opacity", &if strength < 1.0 { format!("{strength:.2}") } else { String::new() }),
        ]);
        let placed: Vec<(&LinePoint, (f64, f64))> = line
            .values
            .iter()
            .filter_map(|point| Some((point, (point.value, y.clamp(height(point, shown)?)))))
            .collect();
        let path: Vec<(f64, f64)> = placed.iter().map(|(_, at)| *at).collect();
        let dash = if response.lines_by.is_some() { "" } else { look.dash() };
        canvas.open(&[("stroke-dasharray", dash)]);
        chart.plotting_area().draw(&PathElement::new(path, look.line().stroke_width(px(1.5) as u32)))?;
        canvas.close();
        for (point, at) in &placed {
            canvas.open(&[("class", "trial"), ("data-v", &data(response, &line.name, point))]);
            canvas.title(&said(response, &line.name, point));
            if let (Shown::Recovered, Some((_, share)), ..=WITH_INTERVALS) = (shown, point.recovered, drawn.len()) {
                let bar = vec![(point.value, share.low), (point.value, share.high)];
                chart
                    .plotting_area()
                    .draw(&PathElement::new(bar, look.line().mix(0.6).stroke_width(px(1.0) as u32)))?;
            }
            marker(&chart, *at, look.shape(), 3.2, look.fill())?;
            canvas.close();
        }
        canvas.close();
        if let Some((_, at)) = placed.last() {
            ends.push((at.1, line.name.clone(), look.line()));
        }
    }
    if response.lines_by.is_some() {
        name_lines(canvas, &whole, &chart, &ends, response)?;
    }
    Ok(describe(&chart, &x, &y))
}

/// The names of lines at their right ends, moved apart where they would lie on each other.
fn name_lines(
    canvas: &Canvas,
    whole: &super::chart::Area,
    chart: &Chart,
    ends: &[(f64, String, RGBColor)],
    response: &Response,
) -> Drawn {
    let (across, down) = chart.plotting_area().get_pixel_range();
    let at = |height: f64| f64::from(chart.plotting_area().map_coordinate(&(response.x.values[0], height)).1);
    let mut places: Vec<(f64, &str)> = ends.iter().map(|(height, name, _)| (at(*height), name.as_str())).collect();
    places.sort_by(|a, b| a.0.total_cmp(&b.0));
    let apart = f64::from(px(APART));
    // Down from the top, then up from the bottom: all stay beside the plot.
    let (top, bottom) = (f64::from(down.start), f64::from(down.end));
    let mut next = top;
    for (place, _) in &mut places {
        *place = place.max(next);
        next = *place + apart;
    }
    let mut next = bottom;
    for (place, _) in places.iter_mut().rev() {
        *place = place.min(next);
        next = *place - apart;
    }
    canvas.open(&[("class", "names")]);
    let style = text(9.5, &INK).pos(Pos::new(HPos::Left, VPos::Center));
    // Its symbol, where it has one.
    let label = response.lines_by.as_deref().unwrap_or_default();
    let symbol = label.rsplit(' ').next().filter(|word| word.chars().count() <= 2).unwrap_or(label);
    whole.draw(&Text::new(shorten(symbol, 8), (across.end + px(6.0), down.start - px(10.0)), style.clone()))?;
    for (place, name) in places {
        whole.draw(&Text::new(name.to_owned(), (across.end + px(6.0), place as i32), style.clone()))?;
    }
    canvas.close();
    Ok(())
}

/// For scripts.
fn data(response: &Response, line: &str, point: &LinePoint) -> String {
    let share = point.recovered.map(|(_, share)| [share.low, share.high]);
    format!(
        "line={};value={};recovered={};trials={};low={};high={};excess_flatness={};relative_error={};failed={}",
        format!("{} {line}", response.lines_by.as_deref().unwrap_or_default()).trim().replace(['=', ';'], " "),
        exact(Some(point.value)),
        point.recovered.map(|(recovered, _)| recovered.to_string()).unwrap_or_default(),
        point.trials,
        exact(share.map(|share| share[0])),
        exact(share.map(|share| share[1])),
        exact(point.excess.and_then(|excess| excess.height())),
        exact(point.error),
        point.failed
    )
}

/// What hovering says.
fn said(response: &Response, line: &str, point: &LinePoint) -> String {
    let by = response.lines_by.as_ref().map_or_else(String::new, |by| format!("{by} "));
    let mut parts = Vec::new();
    parts.extend(point.recovered.map(|(recovered, share)| {
        let [low, high] = [share.low, share.high].map(numbers::short);
        format!("{recovered} of {} recovered ({low} to {high})", point.trials)
    }));
    let limits = count(point.limits, "minimum", "minima");
    parts.extend(point.excess.map(|excess| format!("median excess flatness {} of {limits}", excess.words())));
    parts.push(format!("relative error {}", optional(point.error)));
    parts.extend((point.failed > 0).then(|| format!("{} failed", point.failed)));
    format!("{by}{line}, {} {}: {}", response.x.label, numbers::short(point.value), parts.join("; "))
}

fn sentence(response: &Response, shown: Shown) -> String {
    let drawn = drawn(response);
    let names = response.x.names();
    let best = |line: &usize| {
        let line = &response.lines[*line];
        let known = line.values.iter().filter_map(|point| Some((height(point, shown)?, point.value)));
        let better = |a: f64, b: f64| if shown == Shown::Recovered { a > b } else { a < b };
        let (best, _) = known.clone().reduce(|a, b| if better(b.0, a.0) { b } else { a })?;
        // What is the same to a thousandth is as good.
        let at: Vec<&str> = known
            .filter(|(height, _)| (height - best).abs() <= 1e-3 * best.abs())
            .filter_map(|(_, value)| Some(names[response.x.place(value)?].as_str()))
            .collect();
        let at = match at.as_slice() {
            [one] => (*one).to_owned(),
            [first, .., last] => format!("{first} to {last}"),
            [] => String::new(),
        };
        Some(match shown {
            Shown::Recovered if best == 0.0 => format!("{} nowhere", line.name),
            Shown::Recovered => format!("{} {:.0} % at {at}", line.name, 100.0 * best),
            Shown::Excess => format!("{} {} at {at}", line.name, numbers::multiple(best)),
        })
    };
    let found: Vec<String> = drawn.iter().filter_map(best).collect();
    let more = match response.lines.len() - drawn.len() {
        0 => String::new(),
        _ => format!(" {} of {} are drawn.", drawn.len(), count(response.lines.len(), "line", "lines")),
    };
    let lost =
        response.lines.iter().flat_map(|line| &line.values).filter(|point| 2 * point.limits < point.trials).count();
    let more = match lost {
        n if n > 0 && shown == Shown::Excess => {
            format!("{more} Not drawn, since most runs reached no minimum: {}.", count(n, "point", "points"))
        }
        _ => more,
    };
    let lead = match shown {
        Shown::Recovered => "The largest share that recovers",
        Shown::Excess => "The least median excess flatness",
    };
    let lead = match &response.lines_by {
        Some(by) => format!("{lead}, {by} by {}", response.x.label),
        None => format!("{lead} by {}", response.x.label),
    };
    format!("{lead}: {}.{more}", numbers::list(&found))
}
