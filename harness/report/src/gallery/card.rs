//! What the gallery shows of one optimizer.

use std::collections::BTreeMap;

use flatbench_records::{Init, Record, Trajectory};
use serde::Serialize;

use super::place::Place;
use super::{Method, View};
use crate::Input;
use crate::data::{self, Cell};
use crate::figures;
use crate::numbers::{NONE, list, multiple};
use crate::study::{RECOVERED, Study};

#[derive(Serialize)]
pub(super) struct Card {
    id: String,
    pub(super) name: String,
    swatch: String,
    description: String,
    code: Option<String>,
    /// The line that runs it again.
    command: String,
    /// What it did, in a sentence.
    sentence: String,
    settings: Vec<String>,
    pub(super) rows: Vec<Row>,
    path: Option<View>,
    /// How much its settings matter.
    trials: Option<View>,
}

/// Starts that a case may have.
pub(super) const STARTS: usize = Init::ALL.len();

/// A case, with one place per start.
#[derive(Serialize)]
pub(super) struct Row {
    pub(super) case: String,
    pub(super) family: String,
    pub(super) control: bool,
    /// Whether the case has that start.
    pub(super) has: [bool; STARTS],
    pub(super) places: [Option<Place>; STARTS],
}

/// One for every optimizer, those that came to the flattest minimum of most cases from a large start first.
pub(super) fn cards(study: &Study, cells: &[Cell], input: &Input, methods: &BTreeMap<String, Method>) -> Vec<Card> {
    let sensitivities = data::sensitivities(study, input);
    let standings = Init::ALL.map(|init| data::standings(study, init));
    let mut order: Vec<usize> = standings.iter().flatten().map(|standing| standing.optimizer).collect();
    order.extend(0..study.optimizers.len());
    let mut seen = vec![false; study.optimizers.len()];
    order.retain(|&optimizer| !std::mem::replace(&mut seen[optimizer], true));
    let trials = |optimizer| figures::settings(study, optimizer, &sensitivities).as_ref().map(View::of);
    let card =
        |optimizer| Card { trials: trials(optimizer), ..card(study, cells, input, methods, (optimizer, &standings)) };
    order.into_iter().map(card).collect()
}

fn card(
    study: &Study,
    cells: &[Cell],
    input: &Input,
    methods: &BTreeMap<String, Method>,
    (optimizer, standings): (usize, &[Vec<data::Standing>; STARTS]),
) -> Card {
    let name = &study.optimizers[optimizer];
    let method = methods.get(study.names[optimizer]).cloned().unwrap_or_default();
    let mut rows: Vec<Row> = Vec::new();
    for (index, panel) in study.panels.iter().enumerate() {
        let cell = cells.iter().find(|cell| cell.panel == index && cell.optimizer == optimizer);
        let start = Init::ALL.iter().position(|init| *init == panel.init).unwrap_or_default();
        if rows.last().is_none_or(|row| row.case != panel.case) {
            let (case, family) = (panel.case.clone(), panel.family.clone());
            rows.push(Row { case, family, control: panel.control, has: [false; STARTS], places: Default::default() });
        }
        let Some(row) = rows.last_mut() else { continue };
        row.has[start] = true;
        row.places[start] = cell.map(|cell| Place::of(study, cell));
    }
    let path = path(study, input, optimizer).as_ref().map(View::of);
    let suite = input.sources.iter().find_map(|source| source.name.as_deref()).unwrap_or("default");
    Card {
        id: figures::slug(name),
        name: name.clone(),
        swatch: figures::swatch(study.look(optimizer)),
        description: method.description,
        code: method.code,
        command: format!("flatbench run {suite} --optimizer {}", study.names[optimizer]),
        sentence: sentence(optimizer, standings),
        settings: settings(study, optimizer),
        rows,
        path,
        trials: None,
    }
}

/// The settings that it was compared with, most often one for each start.
fn settings(study: &Study, optimizer: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for run in study.compared().filter(|run| run.optimizer == optimizer) {
        let values: Vec<String> =
            run.record.hyperparameters.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let said = format!("from a {} start: {}", run.record.init.name(), values.join(", "));
        if !out.contains(&said) {
            out.push(said);
        }
    }
    out
}

fn sentence(optimizer: usize, standings: &[Vec<data::Standing>; STARTS]) -> String {
    let said: Vec<String> = Init::ALL
        .iter()
        .zip(standings)
        .filter_map(|(init, all)| {
            let own = all.iter().find(|standing| standing.optimizer == optimizer)?;
            let recovered = own.recovered(true, RECOVERED) + own.recovered(false, RECOVERED);
            let height = own.height().map_or_else(|| NONE.to_owned(), multiple);
            Some(format!(
                "from a {} start its minima are {height} the flattest, {recovered} of {} runs recover",
                init.name(),
                own.all_runs()
            ))
        })
        .collect();
    match said.is_empty() {
        true => String::new(),
        false => {
            let said = list(&said);
            format!("{}{}.", said[..1].to_uppercase(), &said[1..])
        }
    }
}

/// On the first case, from a large start, of which trajectories are kept.
fn path(study: &Study, input: &Input, optimizer: usize) -> Option<figures::Drawing> {
    let kept = |panel: usize| -> Vec<(&Record, &Trajectory)> {
        let runs = study.in_panel(panel).filter(|run| run.optimizer == optimizer);
        runs.filter_map(|run| Some((run.record, input.trajectories.get(&run.record.key)?))).collect()
    };
    let large = (0..study.panels.len()).filter(|&panel| {
        let panel = &study.panels[panel];
        panel.init == Init::Large && !panel.control
    });
    large
        .map(kept)
        .find(|runs| !runs.is_empty())
        .and_then(|runs| figures::path(study.look(optimizer), &study.optimizers[optimizer], &runs))
}
