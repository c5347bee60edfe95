//! What the templates are filled with: plain strings and numbers in the order of the page.

mod about;
mod beside;
mod choices;
mod digest;
mod grid;
mod island;
mod measured;
mod notices;
mod places;
mod published;
mod runs;
mod section;
mod terms;
mod verdict;

use std::collections::BTreeSet;
use std::ops::Range;

use serde::Serialize;

pub use digest::{Digest, DigestRow, Group, digest};
pub(crate) use terms::{explained, said};

use crate::Input;
use crate::data::{self, Replication};
use crate::figures;
use crate::study::{CAUTION, End, Study};

/// Everything on the page.
#[derive(Serialize)]
pub(crate) struct Page {
    title: String,
    descriptions: Vec<String>,
    /// What has to be known before any number is read; often nothing.
    notices: Vec<String>,
    /// What stands beside the runs of the study.
    notes: Vec<String>,
    summary: Vec<(String, String)>,
    complaints: Vec<(String, String)>,
    optimizers: Vec<Entries>,
    panels: Vec<Entry>,
    verdict: verdict::Verdict,
    sections: Vec<section::Section>,
    choices: choices::Choices,
    published: published::Table,
    table: grid::Grid,
    failures: runs::Failures,
    beside: Option<beside::Beside>,
    about: about::About,
    runs: runs::Runs,
    island: String,
    terms: Vec<terms::Term>,
    /// Whether the truth of any case is known.
    truth: bool,
    /// Whether any run reached a minimum, so that limits can be shown.
    minima: bool,
    /// Whether any case is judged by held-out data, its truth not being known.
    held_out: bool,
    end_names: [&'static str; 2],
    /// The page in a few lines, for terminals.
    #[serde(skip)]
    pub(crate) digest: Digest,
    /// What the caption of every table of results adds; often nothing.
    caution: &'static str,
}

/// An optimizer or a panel in the list of what is shown.
#[derive(Serialize)]
struct Entry {
    index: usize,
    name: String,
    swatch: String,
    note: String,
}

/// Optimizers in the list of what is shown: one, or the settings of one where they are many, then with its name.
#[derive(Serialize)]
struct Entries {
    name: String,
    swatch: String,
    entries: Vec<Entry>,
}

/// The page, and the figures that become files: id and document.
pub(crate) fn page(input: &Input) -> (Page, Vec<(String, String)>) {
    let study = Study::new(input);
    let trajectories = data::trajectories(&study, input);
    let mut files = Vec::new();
    let sharpness = data::sharpness(&study);
    let cells = data::table(&study);
    let recoveries = data::recoveries(&study);
    let mut sections = vec![
        section::glance(&study, &mut files),
        section::central(&study, &mut files),
        section::trajectories(&study, &trajectories, &mut files),
        section::spectra(&study, &trajectories, &mut files),
        section::recoveries(&study, &recoveries, &mut files),
        section::sweeps(&study, input, &mut files),
        section::phases(&study, &mut files),
        section::correlations(&study, &sharpness, &mut files),
        section::profiles(&study, &trajectories, &mut files),
    ];
    sections.extend(section::descents(&study, &mut files));
    sections.extend(measured::sections(&study, &trajectories, &mut files));
    if !study.knows_truth() {
        // Most of the page is about a truth that nobody knows here.
        sections.retain(section::Section::has_figures);
    }
    let verdict = verdict::verdict(&study, input, &cells, &sharpness, &recoveries);
    let page = Page {
        title: title(input),
        descriptions: input.own().filter_map(|s| s.description.clone()).collect::<BTreeSet<_>>().into_iter().collect(),
        notices: notices::notices(input),
        notes: beside::notes(&study, input),
        summary: about::summary(&study, input),
        complaints: input
            .sources
            .iter()
            .flat_map(|s| s.complaints.iter().map(|c| (c.place.clone(), c.problem.clone())))
            .collect(),
        optimizers: optimizers(&study),
        panels: study
            .panels
            .iter()
            .enumerate()
            .map(|(index, p)| Entry {
                index,
                name: p.title.clone(),
                swatch: String::new(),
                note: format!("{} ({})", p.family, p.sizes),
            })
            .collect(),
        digest: digest::of(&study, &cells, &verdict),
        published: published::table(&data::replications(&study, &trajectories, input)),
        table: grid::grid(&study, &cells),
        failures: runs::failures(&study, input),
        beside: beside::beside(&study, input),
        about: about::about(&study, input),
        runs: runs::runs(&study, input),
        island: island::island(&trajectories),
        verdict,
        sections,
        choices: choices::choices(&study, &data::choices(&study, input)),
        terms: terms::terms(study.knows_truth(), study.has_minima()).collect(),
        truth: study.knows_truth(),
        minima: study.has_minima(),
        held_out: study.panels.iter().any(|panel| !panel.truth),
        caution: if study.truth_chose { CAUTION } else { "" },
        end_names: [End::Limit, End::Iterate].map(|e| match e {
            End::Limit => "limit",
            End::Iterate => "iterate",
        }),
    };
    let files = files.iter().map(|figure| (figure.id.clone(), figures::standalone(&study, figure))).collect();
    (page, files)
}

impl Page {
    /// What the verdict says of the place among archived optimizers.
    pub(crate) fn beside(&self) -> Vec<String> {
        self.verdict.beside.clone()
    }

    /// The sentences of the verdict without their marks.
    pub(crate) fn sentences(&self) -> Vec<String> {
        self.verdict.sentences()
    }
}

/// What papers give for the suites of `input`, each number beside what was found here.
pub fn replications(input: &Input) -> Vec<Replication> {
    let study = Study::new(input);
    data::replications(&study, &data::trajectories(&study, input), input)
}

/// The same as a table in Markdown.
pub fn replications_markdown(input: &Input) -> String {
    published::markdown(&replications(input))
}

fn title(input: &Input) -> String {
    let mut names: Vec<&str> = input.own().filter_map(|s| s.name.as_deref()).collect();
    if names.is_empty() {
        names = input
            .own()
            .flat_map(|s| &s.records)
            .map(|r| r.suite.as_str())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
    }
    names.dedup();
    if names.is_empty() { "no records".to_owned() } else { names.join(", ") }
}

fn optimizers(study: &Study) -> Vec<Entries> {
    let entry = |index: usize| {
        let note = if study.baseline == Some(index) { "baseline".to_owned() } else { String::new() };
        Entry { index, name: study.shown(index), swatch: figures::swatch(study.look(index)), note }
    };
    let of = |group: Range<usize>| Entries {
        name: if group.len() > 1 { study.group_name(&group) } else { String::new() },
        swatch: figures::swatch(study.look(group.start)),
        entries: group.map(entry).collect(),
    };
    study.groups().into_iter().map(of).collect()
}
