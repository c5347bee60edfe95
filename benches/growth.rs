//! How the cost of a gradient grows with the runs of a group, with d, with m and with the cores at work: prints a table and, with
//! `--out FILE`, draws it (`growth.svg` here). Times are those that a thread had a core, best of many windows, so that other
//! work on the machine shows only in shared caches and memory. With `--test` the smallest points, once.
#![expect(clippy::print_stdout, reason = "a bench says what it measured")]

mod cases;
mod clock;

use std::ops::Range;
use std::path::Path;

use cases::square;
use flatbench_problems::{GroupRequest, Pass, Problem};
use flatbench_records::Init;
use plotters::prelude::*;

/// A curve: what is on its axis, and points (value, microseconds).
struct Curve {
    title: &'static str,
    axis: &'static str,
    lines: Vec<(String, Vec<(f64, f64)>)>,
    /// Exponent of the growth that would be proportional to the work.
    slope: f64,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.iter().any(|argument| argument == "--list") {
        return;
    }
    let test = arguments.iter().any(|argument| argument == "--test");
    let windows = if test { 1 } else { 25 };
    let most = if test { 2 } else { usize::MAX };
    // Threads that share a machine meet more interruptions: more windows for them.
    let curves =
        [by_runs(windows, most), by_size(windows, most), by_measurements(windows, most), by_cores(8 * windows)];
    for curve in &curves {
        println!("{} ({})", curve.title, curve.axis);
        for (name, points) in &curve.lines {
            let points: Vec<String> = points.iter().map(|(x, us)| format!("{x}: {us:.1}")).collect();
            println!("    {name}: {}", points.join(", "));
        }
    }
    if let Some(place) = arguments.iter().position(|argument| argument == "--out") {
        let file = arguments.get(place + 1).expect("--out takes a file");
        // cargo starts benches in the folder of their package: the file is meant relative to where cargo is called, the root.
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
        draw(&curves, &path).expect("a writable file");
        println!("drawn in {file}");
    }
}

/// Microseconds of one pass for `size` points of `problem`.
fn pass(problem: &dyn Problem, size: usize, windows: usize) -> f64 {
    let points: Vec<_> = (0..size as u64).map(|seed| problem.initial_point(Init::Large, seed)).collect();
    let mut outs = points.clone();
    if let (true, Some(mut group)) = (size > 1, problem.group_evaluator(size)) {
        let mut requests: Vec<GroupRequest<'_>> = points
            .iter()
            .zip(&mut outs)
            .map(|(w, out)| GroupRequest { w, pass: Pass::Gradient, out, loss: 0.0 })
            .collect();
        return microseconds(windows, || group.serve(&mut requests));
    }
    let mut evaluator = problem.evaluator();
    microseconds(windows, || {
        for (w, out) in points.iter().zip(&mut outs) {
            evaluator.gradient(w, out);
        }
    })
}

/// Windows of about a millisecond, or of one call.
fn microseconds(windows: usize, mut work: impl FnMut()) -> f64 {
    let once = 1e6 / clock::best(1, 1.0, &mut work);
    let repeats = (1000.0 / once).clamp(1.0, 1000.0) as usize;
    1e6 / clock::best(windows, repeats as f64, || (0..repeats).for_each(|_| work()))
}

fn by_runs(windows: usize, most: usize) -> Curve {
    let lines = [(20, 240), (50, 1000)].into_iter().take(most).map(|(d, m)| {
        let problem = square("matrix-sensing", d, m);
        let sizes = [1, 2, 4, 8, 16, 32].into_iter().take(most);
        let points = sizes.map(|size| (size as f64, pass(&*problem, size, windows))).collect();
        (format!("d = {d}, m = {m}"), points)
    });
    Curve { title: "a gradient for each run of a group", axis: "runs", lines: lines.collect(), slope: 1.0 }
}

fn by_size(windows: usize, most: usize) -> Curve {
    let dense = [10, 20, 30, 40, 60, 80].into_iter().take(most);
    let dense = dense.map(|d| (d as f64, pass(&*square("matrix-sensing", d, 500), 16, windows) / 16.0)).collect();
    let thin = [10, 20, 40, 80, 160].into_iter().take(most);
    let thin = thin.map(|d| (d as f64, pass(&*square("bilinear-sensing", d, 500), 1, windows))).collect();
    let lines = vec![("matrix-sensing, one of 16 runs".to_owned(), dense), ("bilinear-sensing".to_owned(), thin)];
    Curve { title: "one gradient, m = 500, k = d", axis: "d", lines, slope: 2.0 }
}

fn by_measurements(windows: usize, most: usize) -> Curve {
    let sizes = || [125, 250, 500, 1000, 2000, 4000].into_iter().take(most);
    let lines = [("matrix-sensing, one of 16 runs", "matrix-sensing", 16), ("bilinear-sensing", "bilinear-sensing", 1)];
    let lines = lines.map(|(name, family, size)| {
        let time = |m| pass(&*square(family, 30, m), size, windows) / size as f64;
        (name.to_owned(), sizes().map(|m| (m as f64, time(m))).collect())
    });
    Curve { title: "one gradient, d = k = 30", axis: "m", lines: lines.into(), slope: 1.0 }
}

/// Gradients of groups of 16 on one core and on two at once, each with an instance of its own: microseconds per gradient of the
/// slower core, divided by the cores.
fn by_cores(windows: usize) -> Curve {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get()).min(8);
    let points = (1..=cores).map(|used| {
        let slowest = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..used)
                .map(|_| scope.spawn(|| pass(&*square("matrix-sensing", 30, 500), 16, windows) / 16.0))
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).fold(0.0, f64::max)
        });
        (used as f64, slowest / used as f64)
    });
    let lines = vec![("d = 30, m = 500, groups of 16".to_owned(), points.collect())];
    Curve { title: "one gradient, by cores at work", axis: "cores", lines, slope: -1.0 }
}

/// Every 1, 2 and 5 times a power of ten in the range: the ticks that plotters chooses for logarithmic axes run into each other.
fn round_numbers(range: &Range<f64>) -> Vec<f64> {
    let decades = (range.start.log10().floor() as i32)..=(range.end.log10().ceil() as i32);
    decades.flat_map(|decade| [1.0, 2.0, 5.0].map(|n| n * 10f64.powi(decade))).filter(|n| range.contains(n)).collect()
}

fn draw(curves: &[Curve], path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let root = SVGBackend::new(path, (900, 700)).into_drawing_area();
    root.fill(&WHITE)?;
    for (area, curve) in root.split_evenly((2, 2)).iter().zip(curves) {
        let points = || curve.lines.iter().flat_map(|(_, points)| points);
        let range = |of: fn(&(f64, f64)) -> f64| {
            let (low, high) = points().map(of).fold((f64::INFINITY, 0.0_f64), |(l, h), v| (l.min(v), h.max(v)));
            low / 1.3..high * 1.3
        };
        let (across, up) = (range(|p| p.0), range(|p| p.1));
        let mut measured: Vec<f64> = points().map(|p| p.0).collect();
        measured.sort_by(f64::total_cmp);
        measured.dedup();
        let ticks = round_numbers(&up);
        let mut chart = ChartBuilder::on(area)
            .caption(curve.title, ("sans-serif", 17))
            .margin(12)
            .x_label_area_size(34)
            .y_label_area_size(56)
            .build_cartesian_2d(across.log_scale().with_key_points(measured), up.log_scale().with_key_points(ticks))?;
        chart
            .configure_mesh()
            .x_label_formatter(&|x| format!("{x}"))
            .y_label_formatter(&|y| format!("{y}"))
            .x_desc(curve.axis)
            .y_desc("µs")
            .disable_x_mesh()
            .light_line_style(WHITE)
            .draw()?;
        let colours = [RGBColor(0, 114, 178), RGBColor(213, 94, 0)];
        for ((name, points), colour) in curve.lines.iter().zip(colours) {
            let (x, y) = points.last().copied().unwrap_or((1.0, 1.0));
            let proportional = points.iter().map(|p| (p.0, y * (p.0 / x).powf(curve.slope)));
            chart.draw_series(LineSeries::new(proportional, colour.mix(0.35)))?;
            chart
                .draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)).point_size(3))?
                .label(name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2)));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.8))
            .draw()?;
    }
    root.present()?;
    Ok(())
}
