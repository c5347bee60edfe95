//! Runs of other directories, archives as a rule, that are drawn beside those of a study: paired on the same instances and starts, under
//! names of their own, and left out with the reason where something differs.

mod pairing;
mod reason;
mod rename;
mod spot;

use flatbench_records::FamilyDescription;
use flatbench_records::directory::Beside;

use crate::numbers::count;
use crate::read::source;
use crate::{Complaint, Source};

pub use pairing::{Pairing, pair};
pub use spot::{Spot, spots};

/// What a directory gives that stands beside others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Archived {
    /// What it is called.
    pub name: String,
    /// Compared runs that it has, paired or not.
    pub offered: usize,
    /// What is left out, and why, a line each.
    pub left_out: Vec<String>,
}

/// Reads what stands beside `own`: of each directory the runs that pair with one of theirs. One that cannot be read, or of which nothing
/// pairs, is there without a run, and says why.
pub(crate) fn sources(own: &[Source], beside: &[Beside], families: &[FamilyDescription]) -> Vec<Source> {
    let spots = spots(own.iter().flat_map(|source| &source.records));
    let mut names = rename::Names::of(own);
    beside.iter().map(|one| archived(own, &spots, one, families, &mut names)).collect()
}

fn archived(
    own: &[Source],
    spots: &[Spot],
    one: &Beside,
    families: &[FamilyDescription],
    names: &mut rename::Names,
) -> Source {
    let directory = one.directory.display().to_string();
    let mut read = match source(&one.directory, &directory, families) {
        Ok(read) => read,
        Err(error) => {
            let complaint = Complaint { place: one.name.clone(), problem: format!("{error}; drawn without it") };
            let archived = Some(Archived { name: one.name.clone(), ..Archived::default() });
            return Source { directory, archived, complaints: vec![complaint], ..Source::default() };
        }
    };
    let here = own.iter().find_map(|source| source.environment.as_ref()?.numerics);
    let there = read.environment.as_ref().and_then(|environment| environment.numerics);
    let paired = pair(spots, &read.records, here, there);
    let known = own.iter().flat_map(|source| &source.records).map(|record| record.key.as_str());
    let known: std::collections::BTreeSet<&str> = known.collect();
    let mut left_out = paired.left_out;
    let mut kept: Vec<_> = paired
        .pairs
        .iter()
        .filter_map(|&(record, spot)| Some((read.records.get(record)?.clone(), spots.get(spot)?)))
        .collect();
    let before = kept.len();
    kept.retain(|(record, _)| !known.contains(record.key.as_str()));
    if kept.len() < before {
        let runs = count(before - kept.len(), "run was", "runs were");
        left_out.push(format!("{runs} done here too, by the same key, and counted once"));
    }
    read.records = kept.into_iter().map(|(record, spot)| spot.take(record)).collect();
    names.tell_apart(&one.name, &mut read.records);
    read.archived = Some(Archived { name: one.name.clone(), offered: paired.offered, left_out });
    read
}

/// What of the records of a directory pairs with runs at these `spots`, whose numbers are of version `here` as far as that is known.
///
/// # Errors
/// The reasons why nothing pairs.
pub fn foresee(spots: &[Spot], here: Option<u32>, one: &Beside) -> Result<Pairing, Vec<String>> {
    let read = source(&one.directory, &one.name, &[]).map_err(|error| vec![error.to_string()])?;
    let there = read.environment.as_ref().and_then(|environment| environment.numerics);
    let paired = pair(spots, &read.records, here, there);
    match paired.pairs.is_empty() {
        true if paired.left_out.is_empty() => Err(vec!["it has no compared run".to_owned()]),
        true => Err(paired.left_out),
        false => Ok(paired),
    }
}
