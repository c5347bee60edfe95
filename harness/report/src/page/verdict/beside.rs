//! Where the optimizers of the study stand among archived ones, and whether that is fair.

use std::collections::BTreeSet;

use flatbench_records::Init;

use super::{NAMED, Sentence, named};
use crate::Input;
use crate::data::{self, Standing};
use crate::numbers::{count, list};
use crate::study::Study;

/// The place of each optimizer that was run here, from one start.
pub(super) fn places(study: &Study, init: Init) -> Option<Sentence> {
    if !study.has_archived() {
        return None;
    }
    let all = data::standings(study, init);
    let say = |(place, standing): (usize, &Standing)| {
        let neighbour = |at: usize| all.get(at).map(|other| excess(study, other));
        let around = match (place.checked_sub(1).and_then(neighbour), neighbour(place + 1)) {
            (Some(before), Some(after)) => format!(", after {before} and before {after}"),
            (Some(before), None) => format!(", after {before}"),
            (None, Some(after)) => format!(", before {after}"),
            (None, None) => String::new(),
        };
        format!("{} is {} of {}{around}", excess(study, standing), nth(place + 1), all.len())
    };
    let own: Vec<(usize, &Standing)> =
        all.iter().enumerate().filter(|(_, standing)| !study.is_archived(standing.optimizer)).collect();
    let words: Vec<String> = own.iter().take(NAMED).map(|one| say(*one)).collect();
    let archived = count(all.len() - own.len(), "archived optimizer", "archived optimizers");
    let lead = format!("From a {} start, beside {archived}", init.name());
    let rank = "ranked by the cases on which the flattest minimum was reached, then by excess flatness";
    (!words.is_empty()).then(|| ("note", format!("{lead}: {} ({rank}).", words.join("; "))))
}

fn excess(study: &Study, standing: &Standing) -> String {
    let excess = standing.excess(|_| true).map_or_else(|| "no minimum".to_owned(), |bounds| bounds.words());
    format!("{} ({excess})", named(study, standing.optimizer))
}

fn nth(place: usize) -> String {
    let ending = match (place % 10, place % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{place}{ending}")
}

/// That settings of archived rivals were chosen among several, and those of what was run here were not.
pub(super) fn fairness(study: &Study, input: &Input) -> Option<Sentence> {
    let tuned: BTreeSet<usize> =
        study.compared().filter(|run| run.record.selection_rule.is_some()).map(|run| run.optimizer).collect();
    let rivals = tuned.iter().filter(|entry| study.is_archived(**entry)).count();
    let own: Vec<String> = (0..study.optimizers.len())
        .filter(|entry| !study.is_archived(*entry) && !tuned.contains(entry))
        .map(|entry| named(study, entry))
        .take(NAMED)
        .collect();
    if rivals == 0 || own.is_empty() {
        return None;
    }
    let name = input.own().find_map(|source| source.name.as_deref()).unwrap_or("SUITE");
    let first = study.names.iter().enumerate().find(|(entry, _)| !study.is_archived(*entry) && !tuned.contains(entry));
    let optimizer = first.map_or("NAME", |(_, name)| name);
    Some((
        "warning",
        format!(
            "Not a fair match: the settings of {} were chosen among several on each tuned case, those of {} were not. Tune first: \
             flatbench tune {name} --optimizer {optimizer} --trials 20.",
            count(rivals, "archived rival", "archived rivals"),
            list(&own)
        ),
    ))
}
