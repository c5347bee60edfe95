//! A problem with two parameters, which can be drawn as it is: the loss, the valley of its zero-loss points, the trace along it, and
//! where every optimizer stops.

use flatbench_records::{Init, Record, Trajectory};
use plotters::element::{Circle, PathElement, Rectangle};
use plotters::style::{Color, FontStyle, RGBColor};

use super::chart::{Area, Chart, Drawn, chart, text};
use super::contour::{joined, level_line};
use super::legend::{MOST, ROW, legend, stroke_of};
use super::marker::marker;
use super::{Drawing, slug};
use crate::axis::Axis;
use crate::canvas::{Canvas, px};
use crate::numbers::{list, multiple};
use crate::palette::{INK, Look, MUTED, PAPER, SHADES, shade};

/// What is known of such a problem, at every point of a square around the origin.
#[derive(Clone, Debug)]
pub struct Plane {
    /// The case.
    pub case: String,
    /// Its family.
    pub family: String,
    /// The loss in the family's symbols.
    pub formula: String,
    /// Names of the two parameters.
    pub names: [String; 2],
    /// Half the side of the square.
    pub reach: f64,
    /// Points along a side of the grid of losses.
    pub side: usize,
    /// f there, row by row, the first parameter along a row.
    pub loss: Vec<f64>,
    /// Zero-loss points in the order of their angle, in pieces without a gap.
    pub valley: Vec<Vec<ValleyPoint>>,
    /// Whether all of them have the same trace.
    pub control: bool,
}

/// A zero-loss point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValleyPoint {
    /// The two parameters.
    pub w: [f64; 2],
    /// tr H there.
    pub trace: f64,
}

/// Where one optimizer went.
struct Walk<'a> {
    look: Look,
    name: &'a str,
    path: Vec<(f64, f64)>,
    /// tr H at the last point over the least in the valley.
    height: f64,
}

/// From green, at the flattest, to red; the steps are those of the tables. None is a colour of an optimizer, which a page repaints.
const HEIGHTS: [RGBColor; SHADES] = [
    RGBColor(24, 150, 112),
    RGBColor(154, 174, 61),
    RGBColor(226, 160, 30),
    RGBColor(208, 100, 24),
    RGBColor(179, 38, 30),
];

/// Size in pixels of one of the two charts, and entries in a row of the legend.
const CHART: (f64, f64) = (430.0, 400.0);
const PER_ROW: usize = 6;
const TITLE: f64 = 30.0;

/// Angle of a point in degrees, opposite points alike: the valley looks the same from the other side.
fn angle(w: [f64; 2]) -> f64 {
    w[1].atan2(w[0]).to_degrees().rem_euclid(180.0)
}

/// Names of the optimizers, each with its look, and the runs of the case from its large start with their trajectories: the drawing and its sentence. `None`
/// where there is nothing to draw.
pub(crate) fn plane<'a>(
    plane: &Plane,
    optimizers: &'a [(String, Look)],
    runs: &[(&Record, &Trajectory)],
) -> Option<Drawing> {
    let least = plane.valley.iter().flatten().map(|point| point.trace).fold(f64::INFINITY, f64::min);
    let first =
        runs.iter().filter(|(record, _)| record.init == Init::Large).map(|(record, _)| record.repetition).min()?;
    let walk = |(name, look): &'a (String, Look)| {
        let is_own = |(record, _): &&(&Record, &Trajectory)| {
            record.optimizer == *name && record.init == Init::Large && record.repetition == first
        };
        let (_, trajectory) = runs.iter().find(is_own)?;
        let points = trajectory.checkpoints.iter().filter_map(|point| match *point.parameters {
            [x, y] => Some((x, y)),
            _ => None,
        });
        let last = trajectory.checkpoints.last()?.hessian_trace?;
        let path: Vec<(f64, f64)> = points.collect();
        (!path.is_empty()).then_some(Walk { look: *look, name, path, height: last / least })
    };
    let walks: Vec<Walk> = optimizers.iter().filter_map(walk).collect();
    if walks.is_empty() || !least.is_finite() {
        return None;
    }
    let rows = walks.len().min(MOST).div_ceil(PER_ROW) as f64;
    let canvas = Canvas::new(2.0 * CHART.0, TITLE + CHART.1 + rows * ROW + 22.0);
    draw(&canvas, plane, &walks, least).ok()?;
    let sentence = sentence(plane, &walks);
    let id = format!("plane-{}", slug(&plane.case));
    let svg = canvas.finish(&id, &format!("{}: {}", plane.family, plane.formula), &sentence, "");
    Some(Drawing { id, svg, sentence })
}

fn draw(canvas: &Canvas, plane: &Plane, walks: &[Walk], least: f64) -> Drawn {
    let root = canvas.area();
    let (width, height) = root.dim_in_pixel();
    root.draw(&Rectangle::new([(0, 0), (width as i32, height as i32)], PAPER.filled()))?;
    let mut heading = text(14.0, &INK);
    heading.font = heading.font.style(FontStyle::Bold);
    root.draw_text(&format!("{}: {}", plane.family, plane.formula), &heading, (px(8.0), px(8.0)))?;
    let (_, rest) = root.split_vertically(px(TITLE));
    let (charts, below) = rest.split_vertically(px(CHART.1));
    let (left, right) = charts.split_horizontally(px(CHART.0));
    map(canvas, &left, plane, walks, least)?;
    along(canvas, &right, plane, walks, least)?;
    let entries: Vec<(Look, String)> = walks.iter().map(|walk| (walk.look, walk.name.to_owned())).collect();
    let notes = "Thick: zero-loss points, from green (flattest) to red (10 times as sharp). Thin: levels of the loss. Ring: start.";
    legend(canvas, &below, &entries, PER_ROW, notes, f64::from(width) / f64::from(px(1.0)))
}

/// Colour of a point whose trace is `height` times the least.
fn colour(height: f64) -> RGBColor {
    HEIGHTS[shade(height)]
}

/// Pieces of the valley in one colour, each with the first point of the next one.
fn pieces(branch: &[ValleyPoint], least: f64) -> Vec<(RGBColor, &[ValleyPoint])> {
    let mut out = Vec::new();
    let mut begin = 0;
    for end in 1..=branch.len() {
        let own = colour(branch[begin].trace / least);
        if end == branch.len() || colour(branch[end].trace / least) != own {
            out.push((own, &branch[begin..(end + 1).min(branch.len())]));
            begin = end;
        }
    }
    out
}

fn map(canvas: &Canvas, area: &Area, plane: &Plane, walks: &[Walk], least: f64) -> Drawn {
    let axis = || Axis::between(-plane.reach, plane.reach);
    let [x_name, y_name] = &plane.names;
    let chart = chart(canvas, area, "loss, valley and paths", (axis(), x_name), (axis(), y_name))?;
    let plot = chart.plotting_area();
    let place = |grid: f64| plane.reach * (2.0 * grid / (plane.side - 1) as f64 - 1.0);
    let centre = plane.loss[(plane.side / 2) * plane.side + plane.side / 2];
    for level in [0.03, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0] {
        for line in joined(level_line(&plane.loss, plane.side, level * centre)) {
            let line: Vec<(f64, f64)> = line.into_iter().map(|(i, j)| (place(i), place(j))).collect();
            plot.draw(&PathElement::new(line, MUTED.mix(0.45).stroke_width(px(0.8) as u32)))?;
        }
    }
    let inside = |w: &ValleyPoint| w.w.iter().all(|x| x.abs() <= plane.reach);
    for branch in plane.valley.iter().flat_map(|branch| branch.split(|point| !inside(point))) {
        for (colour, piece) in pieces(branch, least) {
            let line: Vec<(f64, f64)> = piece.iter().map(|point| (point.w[0], point.w[1])).collect();
            plot.draw(&PathElement::new(line, colour.stroke_width(px(5.0) as u32)))?;
        }
    }
    let axis = axis();
    for walk in walks {
        let look = walk.look;
        canvas.open(&[("data-optimizer", walk.name), ("stroke-dasharray", look.dash())]);
        let path: Vec<(f64, f64)> = walk.path.iter().map(|&(x, y)| (axis.clamp(x), axis.clamp(y))).collect();
        plot.draw(&PathElement::new(path, look.line().stroke_width(px(1.3) as u32)))?;
        canvas.close();
    }
    if let Some(start) = walks.first().and_then(|walk| walk.path.first()) {
        plot.draw(&Circle::new(*start, px(5.0), INK.stroke_width(px(1.6) as u32)))?;
    }
    for walk in walks {
        if let Some(&(x, y)) = walk.path.last() {
            stop(canvas, walk, &chart, (axis.clamp(x), axis.clamp(y)))?;
        }
    }
    Ok(())
}

fn along(canvas: &Canvas, area: &Area, plane: &Plane, walks: &[Walk], least: f64) -> Drawn {
    let heights = plane.valley.iter().flatten().map(|point| point.trace / least);
    let shown = heights.filter(|height| *height <= 100.0).chain(walks.iter().map(|walk| walk.height.clamp(0.5, 100.0)));
    let y = Axis::logarithmic(shown.chain([1.0, 2.0]), 0.1);
    let x = Axis::between(0.0, 180.0);
    let name = format!("angle of ({}, {}) in degrees", plane.names[0], plane.names[1]);
    let chart = chart(canvas, area, "tr H along the valley, over its least", (x, &name), (y.clone(), "tr H / least"))?;
    for branch in &plane.valley {
        // Where the angle begins anew, so does the line.
        for branch in branch.chunk_by(|a, b| (angle(a.w) - angle(b.w)).abs() < 90.0) {
            for (colour, piece) in pieces(branch, least) {
                let line: Vec<(f64, f64)> =
                    piece.iter().map(|point| (angle(point.w), y.clamp(point.trace / least))).collect();
                chart.plotting_area().draw(&PathElement::new(line, colour.stroke_width(px(5.0) as u32)))?;
            }
        }
    }
    for walk in walks {
        if let Some(&(a, b)) = walk.path.last() {
            stop(canvas, walk, &chart, (angle([a, b]), y.clamp(walk.height)))?;
        }
    }
    Ok(())
}

/// The marker of an optimizer where it stopped.
fn stop(canvas: &Canvas, walk: &Walk, chart: &Chart, at: (f64, f64)) -> Drawn {
    let look = walk.look;
    let (stroke, class) = stroke_of(look);
    canvas.open(&[("stroke", &stroke), ("class", &class), ("data-optimizer", walk.name)]);
    canvas.title(&format!("{} stops at {} the least trace", walk.name, multiple(walk.height)));
    marker(chart, at, look.shape(), 5.0, look.fill())?;
    canvas.close();
    Ok(())
}

fn sentence(plane: &Plane, walks: &[Walk]) -> String {
    if plane.control {
        return "A control: every zero-loss point has the same trace, so that it makes no difference where one stops."
            .to_owned();
    }
    let mut ends: Vec<(f64, &str)> = walks.iter().map(|walk| (walk.height, walk.name)).collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let flat: Vec<&str> = ends.iter().filter(|end| shade(end.0) == 0).map(|end| end.1).collect();
    let sharp: Vec<String> = ends
        .iter()
        .rev()
        .take(3)
        .filter(|end| shade(end.0) > 0)
        .map(|(height, name)| format!("{name} {}", multiple(*height)))
        .collect();
    match (flat.as_slice(), sharp.as_slice()) {
        ([], _) => format!("No optimizer stops within 1 % of the least trace; the sharpest: {}.", list(&sharp)),
        (flat, []) => format!("All stop within 1 % of the least trace: {}.", list(flat)),
        (flat, _) => format!("Within 1 % of the least trace: {}. The sharpest: {}.", list(flat), list(&sharp)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flatbench_records::Checkpoint;

    /// ab = 1 with tr H = a² + b², and a grid of (ab − 1)².
    fn hyperbola() -> Plane {
        let (side, reach) = (41, 2.0);
        let at = |i: usize| reach * (2.0 * i as f64 / (side - 1) as f64 - 1.0);
        let loss = (0..side * side).map(|n| (at(n % side) * at(n / side) - 1.0_f64).powi(2)).collect();
        let point = |a: f64| ValleyPoint { w: [a, 1.0 / a], trace: a * a + 1.0 / (a * a) };
        let branch = |sign: f64| (0..=80).map(|i| point(sign * 4.0_f64.powf(f64::from(i) / 40.0 - 1.0))).collect();
        Plane {
            case: "product".to_owned(),
            family: "matrix-sensing".to_owned(),
            formula: "(L R − 1)²".to_owned(),
            names: ["L".to_owned(), "R".to_owned()],
            reach,
            side,
            loss,
            valley: vec![branch(1.0), branch(-1.0)],
            control: false,
        }
    }

    fn walked(optimizer: &str, end: [f64; 2]) -> (Record, Trajectory) {
        let mut record = crate::synthetic::study(1, 1, 1).sources.remove(0).records.remove(0);
        (record.optimizer, record.init, record.repetition) = (optimizer.to_owned(), Init::Large, 0);
        let at = |w: [f64; 2]| Checkpoint {
            parameters: w.to_vec(),
            hessian_trace: Some(w[0] * w[0] + w[1] * w[1]),
            ..Checkpoint::default()
        };
        (record, Trajectory { checkpoints: vec![at([0.3, 1.8]), at(end)], ..Trajectory::default() })
    }

    #[test]
    fn every_optimizer_has_a_path_and_a_place_in_the_valley() {
        let plane = hyperbola();
        let walks = [walked("gd", [0.5, 2.0]), walked("sam<1>", [1.0, 1.0])];
        let runs: Vec<(&Record, &Trajectory)> = walks.iter().map(|(record, walk)| (record, walk)).collect();
        let names = ["gd", "sam<1>", "absent"].map(|name| (name.to_owned(), Look::of(0, false)));
        let drawn = super::plane(&plane, &names, &runs).expect("something to draw");
        assert_eq!(drawn.id, "plane-product");
        assert_eq!(drawn.sentence, "Within 1 % of the least trace: sam<1>. The sharpest: gd 2.12×.");
        for (name, markers) in [("gd", 3), ("sam&lt;1&gt;", 3), ("absent", 0)] {
            let found = drawn.svg.matches(&format!("data-optimizer=\"{name}\"")).count();
            assert_eq!(found, markers, "{name}: a path, and a stop in each chart");
        }
        // All five colours of the valley are there.
        for RGBColor(r, g, b) in &HEIGHTS[..4] {
            assert!(drawn.svg.contains(&format!("#{r:02x}{g:02x}{b:02x}")), "{r} {g} {b}");
        }
        assert!(super::plane(&plane, &names, &[]).is_none());
    }

    #[test]
    fn heights_change_colour_at_the_steps_of_the_tables() {
        let branch = hyperbola().valley.remove(0);
        let pieces = pieces(&branch, 2.0);
        assert_eq!(pieces.len(), 7, "from sharp to flat and back");
        for pair in pieces.windows(2) {
            assert_eq!(pair[0].1.last(), pair[1].1.first(), "no gap between the pieces");
        }
        assert_eq!([angle([1.0, 1.0]), angle([-1.0, -1.0]), angle([0.0, -2.0])].map(f64::round), [45.0, 45.0, 90.0]);
    }
}
