//! What else the records and trajectories say of the way and its end. A section with nothing to show is left out; the figures of a
//! section are folded, and its lead has what is to be seen in them.

use std::collections::BTreeSet;

use flatbench_records::Init;

use super::section::{self, Group, Section};
use crate::axis::Axis;
use crate::data::{self, AT_EDGE, CellValue, Edge, FOUND, RunTrajectory};
use crate::figures::{self, Course, CourseCurve, Figure, Rows};
use crate::numbers::{list, share, short};
use crate::statistics::median;
use crate::study::Study;

/// Panels of which a section has figures.
const PANELS: usize = 40;
/// Optimizers that a sentence names.
const NAMED: usize = 4;

/// The sections that have something to say.
pub(super) fn sections(study: &Study, trajectories: &[RunTrajectory], files: &mut Vec<Figure>) -> Vec<Section> {
    let mut all = vec![
        edge(study, trajectories, files),
        modes(study, trajectories, files),
        balance(study, trajectories, files),
        ends(study, files),
        ways(study, trajectories, files),
        hessians(study, files),
    ];
    all.retain(Section::has_figures);
    all
}

/// Folded groups.
fn groups(all: Vec<(&str, Vec<Figure>)>, files: &mut Vec<Figure>) -> Vec<Group> {
    let folded = |(title, figures): (&str, Vec<Figure>)| {
        let group = section::folded(title, &figures);
        files.extend(figures);
        group
    };
    all.into_iter().map(folded).collect()
}

/// A number of every optimizer on every case, one figure for each start; `sentence` is told who is lowest and highest.
fn by_start(
    study: &Study,
    (id, title, axis): (&'static str, &'static str, &'static str),
    cells: &[CellValue],
    sentence: impl Fn(String) -> String,
) -> Vec<Figure> {
    let of = |init: Init| {
        let own: Vec<CellValue> = cells.iter().filter(|cell| study.panels[cell.panel].init == init).cloned().collect();
        let sentence = sentence(span(study, &medians(&own)));
        figures::rows(study, &Rows { id, title, init, axis, cells: &own, sentence })
    };
    Init::ALL.into_iter().filter_map(of).collect()
}

/// Runs of the first panels, in groups of one panel each.
fn by_panel<T>(all: &[T], panel: impl Fn(&T) -> usize + Copy) -> impl Iterator<Item = (usize, &[T])> {
    all.chunk_by(move |a, b| panel(a) == panel(b)).take(PANELS).filter_map(move |own| Some((panel(own.first()?), own)))
}

/// The first so many runs of every optimizer.
fn few<T>(all: &[T], most: usize, optimizer: impl Fn(&T) -> usize + Copy) -> Vec<&T> {
    all.chunk_by(move |a, b| optimizer(a) == optimizer(b)).flat_map(|own| own.iter().take(most)).collect()
}

fn id(kind: &str, study: &Study, panel: usize) -> String {
    format!("{kind}-{}-{}", panel + 1, figures::slug(&study.panels[panel].title))
}

/// The median over the cells of each optimizer, ascending.
fn medians(cells: &[CellValue]) -> Vec<(usize, f64)> {
    let optimizers: BTreeSet<usize> = cells.iter().map(|cell| cell.optimizer).collect();
    let of = |optimizer: usize| {
        let own: Vec<f64> = cells.iter().filter(|c| c.optimizer == optimizer).map(|c| c.value).collect();
        Some((optimizer, median(&own)?))
    };
    let mut all: Vec<(usize, f64)> = optimizers.into_iter().filter_map(of).collect();
    all.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    all
}

/// `gd at 1.02, sgd at 1.10`, the first or the last so many.
fn named(study: &Study, some: &[(usize, f64)]) -> String {
    let words: Vec<String> =
        some.iter().map(|(optimizer, value)| format!("{} at {}", study.shown(*optimizer), short(*value))).collect();
    list(&words)
}

/// Who is lowest and who is highest.
fn span(study: &Study, medians: &[(usize, f64)]) -> String {
    match medians {
        [] => String::new(),
        all if all.len() <= NAMED => named(study, all),
        all => format!(
            "lowest {}; highest {}",
            named(study, &all[..NAMED / 2]),
            named(study, &all[all.len() - NAMED / 2..])
        ),
    }
}

fn edge(study: &Study, trajectories: &[RunTrajectory], files: &mut Vec<Figure>) -> Section {
    let edges = data::edges(trajectories);
    let at_end = data::cell_values(study.compared(), data::edge_at_end);
    let rows = by_start(
        study,
        ("edge-end", "Step size times sharpness where the runs stopped", "η λmax / 2 at the iterate"),
        &at_end,
        |span| {
            format!(
                "Where the runs stopped, median over cases: {}. At 1 gradient descent is as sharp as its step size lets it be; other \
             methods have edges of their own, at which this number need not be 1.",
                span
            )
        },
    );
    let most = data::drawn_per_cell(trajectories);
    let mut along = Vec::new();
    for (panel, own) in by_panel(&edges, |edge| edge.run.panel) {
        let drawn = few(own, most, |edge| edge.run.optimizer);
        along.extend(edge_course(study, panel, &drawn));
        let of = |edge: &&Edge| trajectories.iter().find(|t| t.run.record.key == edge.run.record.key);
        along.extend(loss_course(study, panel, &drawn.iter().filter_map(of).collect::<Vec<_>>()));
    }
    let lead = "Gradient descent with step size η cannot stay where the largest eigenvalue λmax of the Hessian is above 2/η: the edge \
                of stability. Here is η λmax / 2, which is 1 at the edge, where the runs stopped and, where λmax was measured along \
                the way (--tier full), step by step.";
    let groups = groups(vec![("At the end", rows), ("Along the way", along)], files);
    section::section("edge", "Edge of stability", lead, groups, "nothing")
}

fn edge_course(study: &Study, panel: usize, edges: &[&Edge]) -> Option<Figure> {
    let all = || edges.iter().flat_map(|edge| &edge.points);
    let steps = all().map(|(step, _)| *step).fold(0.0, f64::max);
    let curves = edges.iter().map(|edge| {
        let name = &study.optimizers[edge.run.optimizer];
        CourseCurve {
            optimizer: edge.run.optimizer,
            words: format!("{name}, repetition {}: {}", edge.run.record.repetition, stay(edge)),
            points: edge.points.clone(),
        }
    });
    // One run of every optimizer has words.
    let mut said: Vec<String> = Vec::new();
    for own in edges.chunk_by(|a, b| a.run.optimizer == b.run.optimizer).take(NAMED) {
        said.push(format!("{} {}", study.shown(own[0].run.optimizer), stay(own[0])));
    }
    figures::course(
        study,
        &Course {
            id: id("edge", study, panel),
            title: format!("η λmax / 2 along the way: {}", study.panels[panel].title),
            panel,
            x: (Axis::between(0.0, steps.max(1.0)), "step"),
            y: (Axis::logarithmic(all().map(|(_, value)| *value).chain([1.2]), 1e-3), "η λmax / 2"),
            guides: vec![(1.0, "the edge of stability of gradient descent".to_owned())],
            curves: curves.collect(),
            sentence: format!("{}.", said.join("; ")),
            notes: "Dashed: the edge of stability of gradient descent.",
        },
    )
}

/// `was at the edge (1.00 to 1.04) for 60 % of its steps`.
fn stay(edge: &Edge) -> String {
    let stay = edge.stay();
    let (low, high) = (short(stay.range.0), short(stay.range.1));
    match stay.share {
        share if share >= 0.005 => {
            format!("was at {low} to {high} of the edge for {:.0} % of its steps", 100.0 * share)
        }
        _ if stay.range.1 < AT_EDGE[0] => format!("stayed below the edge, at {low} to {high} of it"),
        _ => format!("did not stay at the edge, but went from {low} to {high} of it"),
    }
}

fn loss_course(study: &Study, panel: usize, runs: &[&RunTrajectory]) -> Option<Figure> {
    let points = |run: &RunTrajectory| -> Vec<(f64, f64)> {
        run.checkpoints
            .iter()
            .filter_map(|c| Some((c.step as f64, c.train_loss.filter(|loss| *loss >= 0.0)?)))
            .collect()
    };
    let curves: Vec<CourseCurve> = runs
        .iter()
        .map(|run| CourseCurve {
            optimizer: run.run.optimizer,
            words: format!("{}, repetition {}", study.optimizers[run.run.optimizer], run.run.record.repetition),
            points: points(run),
        })
        .collect();
    let all = || curves.iter().flat_map(|curve| &curve.points);
    let steps = all().map(|(step, _)| *step).fold(0.0, f64::max);
    figures::course(
        study,
        &Course {
            id: id("edge-loss", study, panel),
            title: format!("Training loss by step: {}", study.panels[panel].title),
            panel,
            x: (Axis::between(0.0, steps.max(1.0)), "step"),
            y: (Axis::logarithmic(all().map(|(_, loss)| *loss), 1e-20), "training loss"),
            guides: Vec::new(),
            curves,
            sentence: "The training loss of the same runs.".to_owned(),
            notes: "",
        },
    )
}

fn modes(study: &Study, trajectories: &[RunTrajectory], files: &mut Vec<Figure>) -> Section {
    let learned: Vec<_> = trajectories.iter().filter_map(|t| Some((t.run, data::modes(t)?))).collect();
    let of = |key: &str| learned.iter().find(|(run, _)| run.record.key == key).map(|(_, modes)| modes);
    let runs = || learned.iter().map(|(run, _)| run);
    let ratios = data::cell_values(runs(), |run| Some(of(&run.record.key)?.ratio));
    let shares = data::cell_values(runs(), |run| Some(of(&run.record.key)?.share));
    let half = median(&shares.iter().map(|cell| cell.value).collect::<Vec<_>>()).unwrap_or(0.0);
    let rows = by_start(
        study,
        ("modes", "How much later the next mode is learned", "time of a mode over that of the one before"),
        &ratios,
        |span| {
            format!(
                "How many times as much was spent until a singular value was half of what it came to as until the one before it was, \
             median over cases: {}. When one is half learned, the next one is at {:.0} % of its end (median over cases and \
             optimizers).",
                span,
                100.0 * half
            )
        },
    );
    let lead = format!(
        "Whether the singular values of X are learned together (1) or one after another (more than 1), those that are above {FOUND} of \
         the largest at the end, at most as many as the truth has. The curves are under “Singular-value paths”. Only values that \
         grow along the way count: those that are above half of their end from the start on do not, which from a large start is \
         the rule."
    );
    let groups = groups(vec![("By optimizer and case", rows)], files);
    section::section("modes", "One after another", &lead, groups, "nothing")
}

fn balance(study: &Study, trajectories: &[RunTrajectory], files: &mut Vec<Figure>) -> Section {
    let kept = data::cell_values(study.compared(), data::balance_kept);
    let rows = by_start(
        study,
        (
            "balance-end",
            "What is left of the balancedness of the start",
            "‖LᵀL − RᵀR‖ at the end over that at the start",
        ),
        &kept,
        |span| format!("Balancedness where the runs stopped over that at the start, median over cases: {}.", span),
    );
    let most = data::drawn_per_cell(trajectories);
    let all: Vec<_> = trajectories.iter().filter_map(|t| Some((t.run, data::balance_along(t)?))).collect();
    let mut along = Vec::new();
    for (panel, own) in by_panel(&all, |(run, _)| run.panel) {
        let drawn = few(own, most, |(run, _)| run.optimizer);
        let points = || drawn.iter().flat_map(|(_, points)| points);
        let curves: Vec<CourseCurve> = drawn
            .iter()
            .map(|(run, points)| CourseCurve {
                optimizer: run.optimizer,
                words: format!(
                    "{}, repetition {}: {} at the end",
                    study.optimizers[run.optimizer],
                    run.record.repetition,
                    short(points.last().map_or(1.0, |last| last.1))
                ),
                points: points.clone(),
            })
            .collect();
        let own: Vec<CellValue> = kept.iter().filter(|cell| cell.panel == panel).cloned().collect();
        along.extend(figures::course(
            study,
            &Course {
                id: id("balance", study, panel),
                title: format!("Balancedness along the way: {}", study.panels[panel].title),
                panel,
                x: (Axis::logarithmic(points().map(|(x, _)| *x), 1.0), "gradient equivalents"),
                y: (Axis::logarithmic(points().map(|(_, y)| *y).chain([0.9, 1.2]), 1e-6), "balancedness / start"),
                guides: vec![(1.0, "conserved, as along gradient flow".to_owned())],
                curves,
                sentence: format!("At the end {}.", span(study, &medians(&own))),
                notes: "Dashed: conserved, as along gradient flow.",
            },
        ));
    }
    let lead = "Gradient flow conserves LᵀL − RᵀR, or the analogue of the family, and with it the distance from balance. What is left of \
                that distance, 1 where it is conserved, is how far a method is from gradient flow. Families without one (U Uᵀ), and \
                starts that are balanced, are left out.";
    let groups = groups(vec![("At the end", rows), ("Along the way", along)], files);
    section::section("balance", "Conserved quantities", lead, groups, "nothing")
}

fn ends(study: &Study, files: &mut Vec<Figure>) -> Section {
    let mut drawn = Vec::new();
    for ends in (0..study.panels.len()).filter_map(|panel| data::ends(study, panel)).take(PANELS) {
        let panel = &study.panels[ends.panel];
        let rank = study.in_panel(ends.panel).find_map(|run| run.record.dimensions?.rank);
        let largest = ends.entries.iter().filter_map(|entry| entry.values.first()).fold(0.0_f64, |a, b| a.max(*b));
        let longest = ends.entries.iter().map(|entry| entry.values.len()).max().unwrap_or(1);
        let number = |entry: &data::EndValues| {
            format!("{}{}", if entry.at_least { "at least " } else { "" }, short_rank(entry.rank))
        };
        let curves = ends.entries.iter().map(|entry| CourseCurve {
            optimizer: entry.optimizer,
            words: format!("{}: {} above {FOUND} of the largest", study.optimizers[entry.optimizer], number(entry)),
            points: entry.values.iter().enumerate().map(|(i, value)| ((i + 1) as f64, *value)).collect(),
        });
        let right: Vec<String> = ends
            .entries
            .iter()
            .filter(|entry| rank.is_some_and(|rank| entry.rank == rank as f64))
            .map(|entry| study.shown(entry.optimizer))
            .collect();
        let least = ends.entries.iter().map(|entry| entry.rank).fold(f64::INFINITY, f64::min);
        let most = ends.entries.iter().max_by(|a, b| a.rank.total_cmp(&b.rank));
        let found = most.map_or_else(String::new, |most| match least == most.rank {
            true => format!("every optimizer has {}", number(most)),
            false => format!("from {} to {}", short_rank(least), number(most)),
        });
        let truth = rank.map_or_else(String::new, |rank| match right.len() {
            0 => format!("; no optimizer has the {rank} of the truth"),
            n if n > NAMED => {
                format!("; {} have the {rank} of the truth", share(n, ends.entries.len(), "optimizer", "optimizers"))
            }
            _ => {
                format!("; {} {} the {rank} of the truth", list(&right), if right.len() == 1 { "has" } else { "have" })
            }
        });
        drawn.extend(figures::course(
            study,
            &Course {
                id: id("ends", study, ends.panel),
                title: format!("Singular values where the runs ended: {}", panel.title),
                panel: ends.panel,
                x: (Axis::between(0.8, longest as f64 + 0.2), "number of the singular value"),
                y: (
                    Axis::logarithmic(ends.entries.iter().flat_map(|e| e.values.iter().copied()), largest * 1e-6),
                    "singular value of X",
                ),
                guides: ends
                    .truth
                    .iter()
                    .enumerate()
                    .map(|(i, s)| (*s, format!("value {} of the truth: {}", i + 1, short(*s))))
                    .collect(),
                curves: curves.collect(),
                sentence: format!("Singular values above {FOUND} of the largest: {found}{truth}."),
                notes: "Dashed: singular values of the truth.",
            },
        ));
    }
    let place = if study.has_minima() { ", at the limit where one was reached" } else { "" };
    let truth = match study.knows_truth() {
        true => {
            " Dashed lines are those of the truth, taken from the runs that recovered it, so known to a thousandth."
        }
        false => "",
    };
    let lead = format!(
        "Singular values of X where the runs ended{place}, medians over runs.{truth} A value counts as found above {FOUND} of the largest."
    );
    let groups = groups(vec![("By case", drawn)], files);
    section::section("ends", "Singular values at the end", &lead, groups, "nothing")
}

/// A median of whole numbers.
fn short_rank(rank: f64) -> String {
    format!("{rank}")
}

fn ways(study: &Study, trajectories: &[RunTrajectory], files: &mut Vec<Figure>) -> Section {
    let ways: Vec<_> = trajectories.iter().filter_map(|t| Some((t.run, data::way(t)?))).collect();
    let of = |key: &str| ways.iter().find(|(run, _)| run.record.key == key).map(|(_, way)| way);
    let detours = data::cell_values(ways.iter().map(|(run, _)| run), |run| {
        of(&run.record.key).map(|way| way.path / way.distance)
    });
    let rows = by_start(
        study,
        ("detours", "Length of the way over the distance from the start", "way / distance"),
        &detours,
        |span| format!("The way over the distance, median over cases: {}.", span),
    );
    let beyond = data::beyond_nearest(study);
    let nearest = by_start(
        study,
        (
            "nearest",
            "Distance of the limit from the start over that of the nearest zero-loss point",
            "distance / nearest found",
        ),
        &beyond,
        |span| format!("The distance over that of the nearest zero-loss point found, median over cases: {}.", span),
    );
    let lead = "How much longer the way through the checkpoints of a run is than the straight line from its start to where it stopped (1 \
                is straight; the way between checkpoints is not seen, so that the true one is longer), and, where a suite asks for it, \
                how many times as far from the start as the nearest zero-loss point its limit is. The nearest is the nearest that \
                was found from the limits of all runs of the instance: another one may be nearer.";
    let groups = groups(
        vec![("Way over distance", rows), ("Distance over that of the nearest zero-loss point", nearest)],
        files,
    );
    section::section("ways", "The way and the distance", lead, groups, "nothing")
}

fn hessians(study: &Study, files: &mut Vec<Figure>) -> Section {
    let roots = data::root_traces(study);
    let rows = by_start(
        study,
        ("root-trace", "tr √diag H over the least of any optimizer", "tr √diag H at the limit / the least"),
        &roots,
        |span| format!("tr √diag H over the least of any optimizer on the case, median over cases: {}.", span),
    );
    let mut drawn = Vec::new();
    for panel in (0..study.panels.len()).take(PANELS) {
        let spectra = data::hessian_spectra(study, panel);
        let Some(first) = spectra.first() else { continue };
        let largest = spectra.iter().map(|s| s.values[0]).fold(0.0, f64::max);
        let curves = spectra.iter().map(|spectrum| CourseCurve {
            optimizer: spectrum.run.optimizer,
            words: format!(
                "{}, repetition {}: {} of {} are not zero, {} negative, the largest is {}",
                study.optimizers[spectrum.run.optimizer],
                spectrum.run.record.repetition,
                spectrum.rank(),
                spectrum.values.len(),
                spectrum.negative(),
                short(spectrum.values[0])
            ),
            points: spectrum.values.iter().enumerate().map(|(i, v)| ((i + 1) as f64, v.max(0.0))).collect(),
        });
        let (ranks, negative): (Vec<usize>, Vec<usize>) = spectra.iter().map(|s| (s.rank(), s.negative())).unzip();
        let between = |values: &[usize]| match (values.iter().min(), values.iter().max()) {
            (Some(low), Some(high)) if low < high => format!("{low} to {high}"),
            (Some(low), _) => low.to_string(),
            _ => String::new(),
        };
        let sizes = first.run.record.dimensions.map_or_else(String::new, |d| {
            let freedom = d
                .oversampling
                .map(|o| format!(" and {:.0} degrees of freedom of the truth", d.measurements as f64 / o));
            format!("; there are {} measurements{}", d.measurements, freedom.unwrap_or_default())
        });
        drawn.extend(figures::course(
            study,
            &Course {
                id: id("hessian", study, panel),
                title: format!("Eigenvalues of the Hessian at the limit: {}", study.panels[panel].title),
                panel,
                x: (Axis::between(0.0, first.values.len() as f64 + 1.0), "number of the eigenvalue"),
                y: (
                    Axis::logarithmic(spectra.iter().flat_map(|s| s.values).map(|v| v.max(0.0)), largest * 1e-8),
                    "eigenvalue of H",
                ),
                guides: Vec::new(),
                curves: curves.collect(),
                sentence: format!(
                    "Of {} eigenvalues {} are not zero and {} negative{sizes}.",
                    first.values.len(),
                    between(&ranks),
                    between(&negative)
                ),
                notes: "",
            },
        ));
    }
    let lead = "All eigenvalues of the Hessian at the limit of the first run of each optimizer, and tr √diag H, the sum of the roots of its \
                diagonal, which Adam with label noise is shown to minimise as SGD does tr H.";
    let groups = groups(vec![("tr √diag H", rows), ("Eigenvalues", drawn)], files);
    section::section("hessian", "The whole Hessian", lead, groups, "nothing")
}
