//! The parts of the page that consist of figures.

use std::collections::BTreeSet;

use flatbench_records::Init;
use serde::Serialize;

use crate::Input;
use crate::data::{self, Quantity, Target};
use crate::figures::{self, Figure, Shown};
use crate::numbers::{count, unbroken};
use crate::study::Study;

/// Figures of a group that are drawn large.
const FEW: usize = 3;

/// Groups of maps that are unfolded to begin with.
const UNFOLDED_MAPS: usize = 3;

/// Panels in a row of pages that unfold.
const PANELS_PER_PAGE: usize = 36;

/// A part of the page that consists of figures.
#[derive(Serialize)]
pub(super) struct Section {
    id: &'static str,
    title: &'static str,
    /// The title in a word or two.
    nav: &'static str,
    lead: String,
    groups: Vec<Group>,
    /// What is missing and why, where there is no figure.
    missing: Option<String>,
    /// Whether the iterate/limit switch concerns it.
    ends: bool,
    /// Whether its x axis can be another one.
    trajectories: bool,
}

#[derive(Serialize)]
pub(super) struct Group {
    title: String,
    /// Whether it starts folded.
    folded: bool,
    wide: bool,
    figures: Vec<View>,
}

#[derive(Serialize)]
struct View {
    id: String,
    title: String,
    svg: String,
    sentence: String,
    panel: Option<usize>,
    optimizer: Option<usize>,
}

impl From<&Figure> for View {
    fn from(figure: &Figure) -> Self {
        View {
            id: figure.id.clone(),
            title: figure.title.clone(),
            svg: figures::inline(&figure.id, &figure.svg),
            sentence: unbroken(&figure.sentence),
            panel: figure.panel,
            optimizer: figure.optimizer,
        }
    }
}

impl Section {
    pub(super) fn has_figures(&self) -> bool {
        self.missing.is_none()
    }
}

fn group(title: &str, figures: &[Figure]) -> Group {
    Group { title: title.to_owned(), folded: false, wide: false, figures: figures.iter().map(View::from).collect() }
}

/// A group that starts folded.
pub(super) fn folded(title: &str, figures: &[Figure]) -> Group {
    Group { folded: true, ..group(title, figures) }
}

pub(super) fn section(id: &'static str, title: &'static str, lead: &str, groups: Vec<Group>, missing: &str) -> Section {
    let groups: Vec<Group> = groups.into_iter().filter(|g| !g.figures.is_empty()).collect();
    let missing = groups.is_empty().then(|| missing.to_owned());
    let nav = match id {
        "sharpness" => "Sharpness",
        "flatness" => "Flatness",
        _ => title,
    };
    Section { id, title, nav, lead: lead.to_owned(), groups, missing, ends: false, trajectories: false }
}

/// The picture to begin with: who is where on all cases at once.
pub(super) fn glance(study: &Study, files: &mut Vec<Figure>) -> Section {
    let all = Init::ALL.map(|init| (init, data::standings(study, init)));
    let drawn: Vec<Figure> = figures::glance(study, &all).into_iter().collect();
    let groups = vec![Group { wide: true, ..group("", &drawn) }];
    files.extend(drawn);
    let lead = "A row for every optimizer, a dot for every case whose flattest minimum is known to be the truth. The further left, \
                the flatter; green is recovered.";
    let missing = "There is no case whose flattest minimum is known to be the truth.";
    section("glance", "At a glance", lead, groups, missing)
}

pub(super) fn central(study: &Study, files: &mut Vec<Figure>) -> Section {
    let runs = data::shown(study, data::POINTS, |run| run.compared);
    let all: Vec<_> = (0..study.panels.len()).filter_map(|panel| data::landscape(study, panel, &runs)).collect();
    let shown = &all[..all.len().min(figures::MOST_PANELS)];
    let drawn = figures::landscapes(study, shown);
    files.extend(figures::overviews(study, shown));
    let mut lead = "Every run is a point: filled at its limit, the zero-loss point next to where the optimizer stopped; \
                    hollow at the iterate that it returned, which is no minimum; a thin line joins the two. Lower is flatter, \
                    further left is nearer the truth. ★ is the flattest minimum, hollow where it is the flattest known and not \
                    certified; ⊗ is the norm-minimal solution; the dashed line is excess flatness 1, below which no minimum \
                    lies where ★ is certified; in the tinted strip the truth counts as recovered. What lies beyond an axis \
                    is drawn at its end, marked ≤."
        .to_owned();
    if study.has_archived() {
        lead.push_str(" Pale: archived runs, of which the limit alone is drawn where there is one.");
    }
    if all.len() > shown.len() {
        lead.push_str(&format!(
            " {} are drawn; the table below has all {}.",
            count(shown.len(), "panel", "panels"),
            all.len()
        ));
    }
    let groups = by_start(study, &drawn);
    files.extend(drawn);
    let missing = "There is no run with both a relative error and a trace, so there is nothing to draw.";
    Section { ends: true, ..section("flatness", "Flatness against recovery error", &lead, groups, missing) }
}

/// Panels of a large start, then those of a small one; many of them on several pages, of which the first is open.
fn by_start(study: &Study, drawn: &[Figure]) -> Vec<Group> {
    // A few panels are drawn large, many side by side.
    let wide = drawn.len() <= 3;
    let mut out = Vec::new();
    for init in Init::ALL {
        let own: Vec<&Figure> =
            drawn.iter().filter(|f| f.panel.is_some_and(|p| study.panels[p].init == init)).collect();
        let several = own.len() > PANELS_PER_PAGE;
        for (index, figures) in own.chunks(PANELS_PER_PAGE).enumerate() {
            let first = index * PANELS_PER_PAGE + 1;
            let place = if several {
                format!(", {first} to {} of {}", first + figures.len() - 1, own.len())
            } else {
                String::new()
            };
            let title = match (own.len() < drawn.len(), several) {
                (false, false) => String::new(),
                _ => format!("From a {} start{place}", init.name()),
            };
            let figures = figures.iter().map(|f| View::from(*f)).collect();
            out.push(Group { title, folded: index > 0, wide, figures });
        }
    }
    out
}

pub(super) fn trajectories(study: &Study, trajectories: &[data::RunTrajectory], files: &mut Vec<Figure>) -> Section {
    let groups = Quantity::ALL
        .iter()
        .map(|quantity| {
            let drawn = figures::trajectories(study, trajectories, *quantity);
            let group = group(quantity.heading(study), &drawn);
            files.extend(drawn);
            group
        })
        .collect();
    let lead = format!(
        "One curve per run, at most {} of each optimizer and case, against what was spent; oracle calls are charged by the \
         price list under Methods. Flatness is drawn thin until a run is at zero loss: before, it is that of no minimum, and a low \
         value is no merit. The dashed line is the flattest minimum.{}",
        count(data::drawn_per_cell(trajectories), "run", "runs"),
        left_over(study, trajectories)
    );
    let missing = "No trajectory was found next to the records.";
    Section { trajectories: true, ..section("trajectories", "Trajectories", &lead, groups, missing) }
}

/// How many compared runs have no curve here, in words.
fn left_over(study: &Study, trajectories: &[data::RunTrajectory]) -> String {
    let drawn: usize = trajectories
        .chunk_by(|a, b| (a.run.panel, a.run.optimizer) == (b.run.panel, b.run.optimizer))
        .map(|cell| cell.len().min(data::drawn_per_cell(trajectories)))
        .sum();
    match study.compared().count() {
        all if all > drawn => format!(
            " {drawn} of {} are drawn; the records hold the values of all at their ends, and the folder trajectories those along the way.",
            count(all, "compared run", "compared runs")
        ),
        _ => String::new(),
    }
}

pub(super) fn spectra(study: &Study, trajectories: &[data::RunTrajectory], files: &mut Vec<Figure>) -> Section {
    let drawn = figures::spectra(study, trajectories);
    let groups = drawn
        .chunk_by(|a, b| a.panel == b.panel)
        .enumerate()
        .map(|(index, figures)| {
            let title = figures[0].panel.map_or("", |p| &study.panels[p].title);
            Group { folded: index > 0, ..group(title, figures) }
        })
        .collect();
    files.extend(drawn.iter().cloned());
    let mut lead = "Singular values of the end-to-end matrix along the first run of each optimizer".to_owned();
    let has_rank = |t: &data::RunTrajectory| t.run.record.dimensions.and_then(|d| d.rank).is_some();
    lead.push_str(match (trajectories.iter().any(has_rank), trajectories.iter().all(has_rank)) {
        (_, true) => "; heavy lines are as many as the truth has. Bias towards low rank shows as thin lines that fall.",
        (true, false) => {
            "; heavy lines are as many as the truth has, where its rank is known. Bias towards low rank shows as thin lines \
             that fall, and where there are no heavy ones as few lines that stay."
        }
        (false, false) => ". Bias towards low rank shows as few lines that stay while the others fall.",
    });
    let cells = trajectories.chunk_by(|a, b| (a.run.panel, a.run.optimizer) == (b.run.panel, b.run.optimizer)).count();
    if cells > drawn.len() && !drawn.is_empty() {
        lead.push_str(&format!(
            " {} of {cells} optimizers × cases are drawn, the first in the order of the table.",
            drawn.len()
        ));
    }
    let missing = "No trajectory with singular values was found next to the records.";
    Section { trajectories: true, ..section("spectra", "Singular-value paths", &lead, groups, missing) }
}

pub(super) fn sweeps(study: &Study, input: &Input, files: &mut Vec<Figure>) -> Section {
    let all = data::sweeps(study);
    let drawn = figures::sweeps(study, &all);
    let mut by_optimizer: Vec<&Figure> = drawn.iter().collect();
    by_optimizer.sort_by_key(|f| f.optimizer);
    let spreads = figures::sensitivities(study, &data::sensitivities(study, input));
    let of_all = Group { wide: true, ..group("How much settings matter", &spreads) };
    let of_each = by_optimizer.chunk_by(|a, b| a.optimizer == b.optimizer).map(|figures| Group {
        title: figures[0].optimizer.map_or_else(String::new, |o| study.names[o].to_owned()),
        folded: true,
        wide: false,
        figures: figures.iter().map(|f| View::from(*f)).collect(),
    });
    let responses = data::responses(study);
    let mut of_series = Vec::new();
    let mut along: Vec<Figure> = Vec::new();
    for x in responses.iter().map(|response| response.x.label.as_str()).collect::<BTreeSet<_>>() {
        let own: Vec<&data::Response> = responses.iter().filter(|response| response.x.label == x).collect();
        for (shown, what) in [(Shown::Recovered, "Share recovered"), (Shown::Excess, "Excess flatness")] {
            let mut drawn = figures::responses(study, &own, shown);
            drawn.truncate(figures::MOST_PANELS);
            of_series.push(Group { wide: drawn.len() <= FEW, ..group(&format!("{what} by {x}"), &drawn) });
            along.extend(drawn);
        }
    }
    let groups = of_series.into_iter().chain([of_all]).chain(of_each).collect();
    let rules: BTreeSet<&str> = input.own().filter_map(|s| s.selection.as_deref()).collect();
    let rule = match rules.into_iter().collect::<Vec<_>>().as_slice() {
        [] => "the rule of the suite".to_owned(),
        rules => format!("the rule “{}”", rules.join("”, “")),
    };
    let oracle = if study.truth_chose { " Beware: that rule knows the truth." } else { "" };
    let chosen = if all.iter().flat_map(|sweep| &sweep.settings).any(|setting| setting.chosen) {
        format!(
            " The chosen one is ringed. Settings were chosen by {rule}, on instances other than those compared.{oracle}"
        )
    } else {
        String::new()
    };
    let several = match (study.has_settings(), study.has_grouped()) {
        (false, _) => "",
        (true, false) => " Where none was chosen, every setting is an entry of its own on this page.",
        (true, true) => {
            " Where none was chosen, every setting is an entry of its own on this page; where they are many, pictures and tables of all optimizers \
             have one line for them, from the best to the worst."
        }
    };
    let by_value = if responses.is_empty() {
        ""
    } else {
        " The first figures go along the values of one hyper-parameter: a line for every size of case, the stronger the larger, or for every \
         optimizer; nothing is chosen."
    };
    let spread = if spreads.is_empty() {
        ""
    } else {
        " The figures of how much settings matter have what every tuned setting scores over all tuned cases, beside the best of any optimizer: a dot for each, \
         a marker at the best of an optimizer, a bar at the median, a short one at the worst; hollow ones at the right have no score on \
         some case."
    };
    let lead = format!("Median relative error of every setting that was tried.{chosen}{several}{by_value}{spread}");
    files.extend(along.into_iter().chain(spreads).chain(drawn.iter().cloned()));
    let missing = "Every optimizer was run with one setting only, so there is no sweep to show.";
    section("sweeps", "Hyper-parameters", &lead, groups, missing)
}

pub(super) fn recoveries(study: &Study, recoveries: &[data::Recovery], files: &mut Vec<Figure>) -> Section {
    let drawn = figures::recoveries(study, recoveries);
    let groups = vec![Group { wide: true, ..group("", &drawn) }];
    files.extend(drawn);
    let lead = "How much of this depends on what counts as recovered: the share of runs whose relative error is at most the \
                threshold, over the runs of the scoreboard, failed ones counting as not recovered. The dashed line is the \
                threshold of everything else on this page.";
    let missing = "There is no case whose flattest minimum is known to be the truth.";
    section("recovery", "Recovery by threshold", lead, groups, missing)
}

/// `None` where no record speaks of levels of the loss, for which a suite asks.
pub(super) fn descents(study: &Study, files: &mut Vec<Figure>) -> Option<Section> {
    let all = data::descents(study);
    let of = |which: data::AtLevel| {
        let own: Vec<_> = all.iter().filter(|descent| descent.of == which).cloned().collect();
        figures::descents(study, &own)
    };
    let (errors, traces) = (of(data::AtLevel::Error), of(data::AtLevel::Trace));
    let groups = vec![group("Relative error", &errors), group("Flatness", &traces)];
    files.extend(errors.into_iter().chain(traces));
    let lead = "Medians at the first point of a run whose loss was at or below a fraction of that at the start, over the runs that came there. \
                Time goes from right to left. Off zero loss a point can be flatter than every minimum.";
    (!all.is_empty()).then(|| section("equal-loss", "At equal loss", lead, groups, ""))
}

pub(super) fn phases(study: &Study, files: &mut Vec<Figure>) -> Section {
    let maps = data::maps(study);
    // Pairs of quantities in the order in which they come; the maps of one belong together.
    let mut pairs: Vec<[&str; 2]> = Vec::new();
    for map in &maps {
        let pair = [map.x.label.as_str(), map.y.label.as_str()];
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    let mut groups = Vec::new();
    let mut has_crosses = false;
    for [x, y] in pairs {
        let own: Vec<&data::Map> = maps.iter().filter(|map| map.x.label == x && map.y.label == y).collect();
        has_crosses |= own.iter().flat_map(|map| &map.cells).any(|cell| cell.failed + cell.diverged > 0);
        for (shown, what) in [(Shown::Recovered, "Share recovered"), (Shown::Excess, "Excess flatness")] {
            let drawn = figures::maps(study, &own, shown);
            let page = &drawn[..drawn.len().min(figures::MOST_PANELS)];
            let more = match drawn.len() - page.len() {
                0 => String::new(),
                n => format!(" ({n} more are not drawn)"),
            };
            let title = format!("{what} by {x} and {y}{more}");
            groups.push(Group { folded: groups.len() > UNFOLDED_MAPS, wide: page.len() <= FEW, ..group(&title, page) });
            files.extend(page.iter().cloned());
        }
    }
    let curves = figures::phases(study, &data::phases(study));
    let amounts = if groups.is_empty() { "" } else { "Share recovered along one axis" };
    groups.push(group(amounts, &curves));
    files.extend(curves);
    let mut lead = "Share of runs that recover the truth (relative error at the limit at most 1e-3), failed ones counting as not \
                    recovered, and the median excess flatness of the minima that were reached. Every run that is compared counts, and \
                    nothing is chosen; hover over a point for its 95 % Wilson interval, a map has the numbers in its cells. The stronger \
                    the tint, the more recovered, or the nearer to 1, the flattest."
        .to_owned();
    if has_crosses {
        lead.push_str(
            " A cross in the corner of a cell: some of its runs failed or diverged; over the whole cell: all did.",
        );
    }
    if !maps.is_empty() && figures::is_uncertified(study) {
        lead.push_str(" Where the flattest minimum is not certified, excess flatness is over the flattest known.");
    }
    if study.has_grouped() {
        lead.push_str(" Optimizers with many settings have maps alone, and no curves.");
    }
    let missing = "A phase diagram needs at least three numbers of measurements, or three sizes of the start, of one series of cases, a map two quantities that vary: \
                   sizes or hyper-parameters; these records do not vary them.";
    section("phases", "Phase diagrams", &lead, groups, missing)
}

pub(super) fn correlations(study: &Study, measures: &[data::Sharpness], files: &mut Vec<Figure>) -> Section {
    let drawn: Vec<Figure> = figures::sharpness(study, measures).into_iter().collect();
    let groups = vec![Group { wide: true, ..group("", &drawn) }];
    files.extend(drawn);
    let lead = "Blue: correlation of ranks taken inside each case, between the runs of all optimizers. Orange: inside each case \
                and optimizer, between runs that differ in the instance alone. Intervals resample instances and optimizers and \
                hold for all that the verdict says at once. Small dots: single cases. Diamond: all cases mixed, which compares \
                different problems and may mislead. The balance gap is tr H over the least trace of the same X.";
    let missing = "Correlations need at least two completed runs of one case with different errors.";
    section("sharpness", "Which sharpness measure predicts recovery", lead, groups, missing)
}

pub(super) fn profiles(study: &Study, trajectories: &[data::RunTrajectory], files: &mut Vec<Figure>) -> Section {
    let profiles: Vec<_> = Target::ALL.iter().filter_map(|t| data::profile(study, trajectories, *t)).collect();
    let drawn = figures::profiles(study, &profiles);
    let groups = vec![Group { wide: true, ..group("", &drawn) }];
    files.extend(drawn);
    let lead = "Performance profiles (Dolan and Moré 2002) by oracle cost: the share of problems that an optimizer solved \
                within a factor of the least cost of any. Higher is better; at the left edge is who is cheapest, at the \
                right edge who solves most.";
    let missing = "No run with a known trajectory reached a target, so there is no cost to compare.";
    section("profiles", "Cost", lead, groups, missing)
}
