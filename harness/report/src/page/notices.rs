//! What has to be known before any number is read: that runs are missing, and that not all were done by the same instructions.

use std::collections::{BTreeMap, BTreeSet};

use flatbench_records::{Environment, Part, Planned};

use crate::numbers::{count, list, ranges};
use crate::{Done, Input, Source};

/// Parts that a sentence names.
const NAMED: usize = 20;

pub(super) fn notices(input: &Input) -> Vec<String> {
    let several = input.own().count() > 1;
    let mut notices = Vec::new();
    for source in input.own() {
        let Some(environment) = &source.environment else { continue };
        let place = if several { format!("{}: ", source.directory) } else { String::new() };
        let sentences = [partial(source, environment), instructions(environment)];
        notices.extend(sentences.into_iter().flatten().map(|sentence| format!("{place}{sentence}")));
    }
    notices
}

/// How much of the plan is there, where not all of it is.
fn partial(source: &Source, environment: &Environment) -> Option<String> {
    let planned = environment.planned.as_ref()?;
    let Done { recorded, planned: all } = source.done()?;
    let mut sentences = Vec::new();
    if let Some(shard) = &planned.shard {
        sentences.push(format!("Part {shard} of a plan of {}.", count(planned.whole.total(), "run", "runs")));
    }
    if recorded < all {
        let missing = all - recorded;
        sentences.push(format!(
            "Partial: {recorded} of {all} planned runs are recorded, {missing} {} missing.",
            if missing == 1 { "is" } else { "are" }
        ));
        sentences.extend(unfinished(&environment.parts));
        sentences.extend(absent(&environment.parts));
    }
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// Parts that have not done what they were to do.
fn unfinished(parts: &[Part]) -> Option<String> {
    let lacks = |part: &&Part| part.planned.as_ref().is_some_and(|planned| part.total < planned.own.total());
    let words = |part: &Part| {
        let planned = part.planned.as_ref().map_or(0, |planned| planned.own.total());
        let going = if part.going { ", still running" } else { "" };
        format!("{} ({} of {planned}{going})", part.name, part.total)
    };
    let mut all: Vec<String> = parts.iter().filter(lacks).map(words).collect();
    let more = all.len().saturating_sub(NAMED);
    all.truncate(NAMED);
    if more > 0 {
        all.push(format!("{more} more"));
    }
    (!all.is_empty()).then(|| format!("Unfinished parts: {}.", list(&all)))
}

/// Parts of which nothing is here, by the numbers of the others.
fn absent(parts: &[Part]) -> Option<String> {
    let mut present: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for shard in parts.iter().filter_map(shard) {
        if let Some((index, number)) = shard.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)))
        {
            present.entry(number).or_default().insert(index);
        }
    }
    let words = |(&number, present): (&usize, &BTreeSet<usize>)| {
        let absent: Vec<usize> = (1..=number).filter(|index| !present.contains(index)).collect();
        (!absent.is_empty()).then(|| format!("{} of {number}", ranges(&absent)))
    };
    let all: Vec<String> = present.iter().filter_map(words).collect();
    (!all.is_empty()).then(|| format!("Parts without a record: {}.", list(&all)))
}

fn shard(part: &Part) -> Option<&String> {
    let Planned { shard, .. } = part.planned.as_ref()?;
    shard.as_ref()
}

/// The sets of instructions, where there are several.
fn instructions(environment: &Environment) -> Option<String> {
    let own = (environment.host.is_some() || environment.parts.is_empty()).then_some(&environment.machine);
    let machines = environment.parts.iter().filter(|part| part.records > 0).map(|part| &part.machine).chain(own);
    let sets: BTreeSet<String> = machines.map(|machine| machine.features.join(" ")).collect();
    let words = |set: &String| if set.is_empty() { "none of them".to_owned() } else { set.clone() };
    let words: Vec<String> = sets.iter().map(words).collect();
    (words.len() > 1).then(|| {
        format!(
            "Runs were done on processors with different instruction sets ({}): between them the last bits of a result may \
             differ. Where it ran, below, says which is which.",
            words.join("; ")
        )
    })
}
