//! The path of one optimizer, small: its flatness along the runs of a case.

use flatbench_records::{Record, Trajectory};
use plotters::element::PathElement;
use plotters::style::Color;

use super::chart::chart;
use super::line::thinned;
use super::{Drawing, slug};
use crate::axis::Axis;
use crate::canvas::{Canvas, px};
use crate::palette::{INK, Look};

/// Size in pixels.
const SIZE: (f64, f64) = (300.0, 200.0);
/// tr H below this share of the least is drawn there: a penalty that dives through the origin would flatten all else.
const LOWEST: f64 = 0.3;

/// tr H over that of the flattest minimum along runs of one optimizer on one case. `None` where
/// no run has both.
pub(crate) fn path(look: Look, name: &str, runs: &[(&Record, &Trajectory)]) -> Option<Drawing> {
    let curves: Vec<Vec<(f64, f64)>> = runs
        .iter()
        .filter_map(|(record, trajectory)| {
            let least = record.result.reference.flat.as_ref()?.hessian_trace;
            let points = trajectory.checkpoints.iter();
            let points = points.filter_map(|c| Some((c.gradient_equivalents.max(1.0), c.hessian_trace? / least)));
            Some(points.filter(|(_, y)| y.is_finite() && *y > 0.0).collect::<Vec<_>>())
        })
        .filter(|curve| curve.len() >= 2)
        .collect();
    let last = numbers_at_the_end(&curves)?;
    let x = Axis::logarithmic(curves.iter().flatten().map(|point| point.0), 1.0);
    let y = Axis::logarithmic(curves.iter().flatten().map(|point| point.1).chain([0.9, 2.0]), LOWEST);
    let canvas = Canvas::new(SIZE.0, SIZE.1);
    let case = &runs.first()?.0.case;
    let draw = || -> super::chart::Drawn {
        let area = canvas.area();
        let heading = format!("tr H over the flattest, {case}");
        let chart = chart(&canvas, &area, &heading, (x.clone(), "gradient equivalents"), (y.clone(), "× flattest"))?;
        let ends = vec![(x.clamp(0.0), 1.0), (x.clamp(f64::MAX), 1.0)];
        canvas.open(&[("stroke-dasharray", "5 4")]);
        chart.plotting_area().draw(&PathElement::new(ends, INK.stroke_width(px(1.0) as u32)))?;
        canvas.close();
        for curve in &curves {
            let points: Vec<(f64, f64)> = curve.iter().map(|point| (x.clamp(point.0), y.clamp(point.1))).collect();
            let style = look.line().stroke_width(px(1.6) as u32);
            chart.plotting_area().draw(&PathElement::new(thinned(&chart, &points), style))?;
        }
        Ok(())
    };
    draw().ok()?;
    let id = format!("path-{}", slug(name));
    let sentence = format!("{name} on {case} from a {} start ends at {} the flattest.", runs[0].0.init.name(), last);
    Some(Drawing { svg: canvas.finish(&id, &format!("Path of {name}"), &sentence, ""), id, sentence })
}

/// Median of the last values, in words.
fn numbers_at_the_end(curves: &[Vec<(f64, f64)>]) -> Option<String> {
    crate::numbers::median(curves.iter().filter_map(|curve| Some(curve.last()?.1))).map(crate::numbers::multiple)
}
