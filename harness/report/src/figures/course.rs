//! A quantity along runs, or by number, one curve a run or an optimizer.

use plotters::coord::ranged1d::Ranged;
use plotters::element::PathElement;
use plotters::style::Color;

use super::Figure;
use super::chart::{Drawn, PANEL, chart, describe};
use super::legend::stroke_of;
use super::line::thinned;
use super::standalone::Below;
use crate::axis::Axis;
use crate::canvas::{Canvas, px};
use crate::palette::MUTED;
use crate::study::Study;

/// Width of a curve in pixels.
const WIDTH: f64 = 1.4;

/// A chart of curves.
pub(crate) struct Course {
    /// Name of its file, made of `a-z0-9-`.
    pub(crate) id: String,
    /// What it shows, for those who do not see it.
    pub(crate) title: String,
    pub(crate) panel: usize,
    pub(crate) x: (Axis, &'static str),
    pub(crate) y: (Axis, &'static str),
    /// Values at which a line goes across, with what each is.
    pub(crate) guides: Vec<(f64, String)>,
    pub(crate) curves: Vec<CourseCurve>,
    pub(crate) sentence: String,
    /// Meaning of the guides where the figure stands alone.
    pub(crate) notes: &'static str,
}

/// A curve of an optimizer.
pub(crate) struct CourseCurve {
    pub(crate) optimizer: usize,
    /// Hover text.
    pub(crate) words: String,
    pub(crate) points: Vec<(f64, f64)>,
}

pub(crate) fn course(study: &Study, course: &Course) -> Option<Figure> {
    let canvas = Canvas::new(PANEL.0, PANEL.1);
    let axes = draw(&canvas, study, course).ok()?;
    Some(Figure {
        svg: canvas.finish(&course.id, &course.title, &course.sentence, &axes),
        id: course.id.clone(),
        title: course.title.clone(),
        sentence: course.sentence.clone(),
        panel: Some(course.panel),
        optimizer: None,
        below: Some(Below { size: PANEL, notes: course.notes }),
    })
}

fn draw(canvas: &Canvas, study: &Study, course: &Course) -> Drawn<String> {
    let (x, y) = (&course.x.0, &course.y.0);
    let area = canvas.area();
    let heading = &study.panels[course.panel].title;
    let chart = chart(canvas, &area, heading, (x.clone(), course.x.1), (y.clone(), course.y.1))?;
    let plot = chart.plotting_area();
    let across = x.range();
    for (value, words) in &course.guides {
        canvas.open(&[("class", "guide"), ("stroke-dasharray", "4 3")]);
        canvas.title(words);
        let line = vec![(across.start, y.clamp(*value)), (across.end, y.clamp(*value))];
        plot.draw(&PathElement::new(line, MUTED.stroke_width(px(1.2) as u32)))?;
        canvas.close();
    }
    for curve in &course.curves {
        let look = study.look(curve.optimizer);
        canvas.open(&[
            ("class", &format!("series {}", stroke_of(look).1)),
            ("data-o", &curve.optimizer.to_string()),
            ("data-optimizer", &study.optimizers[curve.optimizer]),
            ("stroke-dasharray", look.dash()),
            ("stroke-opacity", look.strength()),
        ]);
        canvas.title(&curve.words);
        let points: Vec<(f64, f64)> = curve.points.iter().map(|(a, b)| (x.clamp(*a), y.clamp(*b))).collect();
        plot.draw(&PathElement::new(thinned(&chart, &points), look.line().stroke_width(px(WIDTH) as u32)))?;
        canvas.close();
    }
    Ok(describe(&chart, x, y))
}
