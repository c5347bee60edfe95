use std::collections::{BTreeMap, BTreeSet, HashMap};

use flatbench_records::{Init, Record};

use super::reason::{at_spot, elsewhere};
use super::spot::Spot;
use crate::Entries;
use crate::numbers::{count, list};

/// Cases that one line names.
const NAMED: usize = 12;

/// Which records of an archive stand at which spots of a study.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pairing {
    /// Places of a record and of its spot.
    pub pairs: Vec<(usize, usize)>,
    /// Compared runs of the archive.
    pub offered: usize,
    /// What is left out, and why, a line for every case and reason.
    pub left_out: Vec<String>,
}

/// Pairs the compared runs among the records of an archive with the spots of a study, which are of these versions of the numbers, as far
/// as they are known. What differs in version, instance, start or budget has no partner.
pub fn pair(spots: &[Spot], archived: &[Record], here: Option<u32>, there: Option<u32>) -> Pairing {
    let entries = Entries::of(archived);
    let compared = || archived.iter().enumerate().filter(|(_, record)| entries.is_compared(record));
    let mut pairing = Pairing { offered: compared().count(), ..Pairing::default() };
    if let (Some(here), Some(there)) = (here, there)
        && here != there
    {
        let line = format!(
            "numbers version {there} there, {here} here: none of its numbers can be compared (remake the archive)"
        );
        pairing.left_out = if pairing.offered > 0 { vec![line] } else { Vec::new() };
        return pairing;
    }
    let mut by_seed: HashMap<(u64, Init), Vec<usize>> = HashMap::new();
    let mut by_case: BTreeMap<&str, Vec<&Spot>> = BTreeMap::new();
    for (place, spot) in spots.iter().enumerate() {
        by_seed.entry((spot.instance_seed, spot.init)).or_default().push(place);
        by_case.entry(&spot.case).or_default().push(spot);
    }
    let mut reasons: BTreeMap<(String, &str), usize> = BTreeMap::new();
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    for (place, record) in compared() {
        let spot_at = |place: &usize| spots.get(*place);
        let same = by_seed.get(&(record.instance_seed, record.init)).into_iter().flatten();
        let same: Vec<usize> = same.copied().filter(|at| spot_at(at).is_some_and(|spot| spot.is_of(record))).collect();
        let fits = same.iter().find(|at| spot_at(at).is_some_and(|spot| at_spot(record, spot).is_none()));
        if let Some(&at) = fits {
            pairing.pairs.push((place, at));
            taken.extend(spot_at(&at).map(|spot| spot.case.as_str()));
            continue;
        }
        let near = same.first().and_then(|at| at_spot(record, spot_at(at)?));
        let reason =
            near.unwrap_or_else(|| elsewhere(record, by_case.get(record.case.as_str()).map_or(&[], Vec::as_slice)));
        *reasons.entry((reason, &record.case)).or_default() += 1;
    }
    pairing.left_out = lines(&reasons);
    let alone: Vec<&str> = by_case.keys().copied().filter(|case| !taken.contains(case)).collect();
    if !alone.is_empty() && !pairing.pairs.is_empty() {
        pairing.left_out.push(format!("{}: nothing is there to compare with", cases(&alone)));
    }
    pairing
}

/// A line for every reason, with the cases that it concerns.
fn lines(reasons: &BTreeMap<(String, &str), usize>) -> Vec<String> {
    let mut by_reason: BTreeMap<&str, (Vec<&str>, usize)> = BTreeMap::new();
    for ((reason, case), runs) in reasons {
        let entry = by_reason.entry(reason).or_default();
        entry.0.push(case);
        entry.1 += runs;
    }
    let line = |(reason, (names, runs)): (&str, (Vec<&str>, usize))| {
        format!("{}: {reason} ({})", cases(&names), count(runs, "run", "runs"))
    };
    by_reason.into_iter().map(line).collect()
}

fn cases(names: &[&str]) -> String {
    match names.len() > NAMED {
        true => format!("{} and {} more cases", names[..NAMED].join(", "), names.len() - NAMED),
        false => list(names),
    }
}
