//! The settings that tuning chose, and why.

use std::collections::BTreeSet;

use flatbench_records::Rule;
use serde::Serialize;

use crate::data::Choice;
use crate::numbers::{count, list, short};
use crate::study::Study;

/// A table of choices; empty where nothing was tuned.
#[derive(Serialize)]
pub(super) struct Choices {
    /// How they were made.
    caption: String,
    /// Which of them stand at an edge; empty if none does.
    warning: String,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    panel: usize,
    optimizer: usize,
    title: String,
    name: String,
    setting: String,
    tried: usize,
    score: String,
    tied: String,
    edge: String,
}

pub(super) fn choices(study: &Study, choices: &[Choice]) -> Choices {
    Choices { caption: caption(choices), warning: warning(study, choices), rows: rows(study, choices) }
}

fn rows(study: &Study, choices: &[Choice]) -> Vec<Row> {
    let row = |choice: &Choice| Row {
        panel: choice.panel,
        optimizer: choice.optimizer,
        title: study.panels[choice.panel].title.clone(),
        name: study.optimizers[choice.optimizer].to_owned(),
        setting: choice.setting.clone(),
        tried: choice.tried,
        score: short(choice.score),
        tied: if choice.tied > 1 {
            format!("{} of {}, the middle one taken", choice.tied, choice.tried)
        } else {
            String::new()
        },
        edge: list(&choice.edges.iter().map(ToString::to_string).collect::<Vec<_>>()),
    };
    choices.iter().map(row).collect()
}

fn caption(choices: &[Choice]) -> String {
    let rules: BTreeSet<Rule> = choices.iter().map(|choice| choice.rule).collect();
    let meaning = |rule: &Rule| match rule {
        Rule::Validation => {
            "“validation”: loss on held-out measurements relative to that at the start, 1e-14 and less counting as zero"
        }
        Rule::Train => "“train”: gradient equivalents until the loss is 1e-6 of its start",
        Rule::Flattest => "“flattest”: tr H, of settings that interpolate",
        Rule::Oracle => "“oracle”: relative error, which knows the truth, 1e-7 and less counting as zero",
    };
    let rules: Vec<&str> = rules.iter().map(meaning).collect();
    format!(
        "Chosen settings, each with its median score over the tuning instances, by {}. The smallest score is chosen; of settings \
         whose scores are the same to 1e-8, or both zero, the middle one in the order of the suite.",
        list(&rules)
    )
}

fn warning(study: &Study, choices: &[Choice]) -> String {
    let at: Vec<&Choice> = choices.iter().filter(|choice| !choice.edges.is_empty()).collect();
    if at.is_empty() {
        return String::new();
    }
    let names: BTreeSet<usize> = at.iter().map(|choice| choice.optimizer).collect();
    let of = |name: &usize| {
        let number = at.iter().filter(|choice| choice.optimizer == *name).count();
        format!("{} ({number})", study.optimizers[*name])
    };
    format!(
        "{} of {} at the edge of the values tried, so that a better setting may lie beyond: {}.",
        at.len(),
        count(choices.len(), "chosen setting is", "chosen settings are"),
        list(&names.iter().map(of).collect::<Vec<_>>())
    )
}
