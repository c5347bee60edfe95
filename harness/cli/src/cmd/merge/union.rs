//! Which record of which directory is kept, and that no two contradict each other.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flatbench_records::directory::{PARAMETERS, RECORDS};
use flatbench_records::{Outcome, Record};
use flatbench_runner::store::{Seen, StoreError, Stretch, Union};

use super::index::{Entry, Index};
use crate::sameness;
use crate::status::Failure;

/// What is kept of some directories: each key once, from the first one that has it.
pub struct Kept<'a> {
    directories: &'a [&'a Path],
    indices: &'a [Index],
    /// Directory and entry, in order.
    chosen: Vec<(usize, &'a Entry)>,
    /// Further directories with the same results, whose parameters will do, by key.
    also: HashMap<&'a str, Vec<usize>>,
}

/// Holds the records of all directories against each other.
pub fn hold_together<'a>(directories: &'a [&'a Path], indices: &'a [Index]) -> Result<Kept<'a>, Failure> {
    let mut kept = Kept { directories, indices, chosen: Vec::new(), also: HashMap::new() };
    let mut known: HashMap<&str, (usize, &Entry)> =
        HashMap::with_capacity(indices.first().map_or(0, |index| index.entries.len()));
    for (place, (directory, index)) in directories.iter().zip(indices).enumerate() {
        let keeps_parameters = directory.join(PARAMETERS).is_dir();
        for entry in &index.entries {
            match known.get(&*entry.key) {
                None => {
                    known.insert(&entry.key, (place, entry));
                    kept.chosen.push((place, entry));
                }
                Some(&(first, other)) => {
                    let completed = entry.outcome == Outcome::Completed && other.outcome == Outcome::Completed;
                    // One key means one result; only how long it took may differ, and how a machine was too slow or broke down.
                    let same = if completed { entry.digest == other.digest } else { entry.outcome == other.outcome };
                    if !same {
                        return Err(kept.contradiction((first, other), (place, entry)));
                    }
                    if completed && keeps_parameters {
                        kept.also.entry(&entry.key).or_default().push(place);
                    }
                }
            }
        }
    }
    Ok(kept)
}

impl Kept<'_> {
    /// How many records there are in all.
    pub fn records(&self) -> usize {
        self.chosen.len()
    }

    /// Puts everything into a directory, whose own index is given where it had one before: the first of all. Returns how many records
    /// are new.
    pub fn carry_out(&self, joined: &mut Union, own: Option<&Index>) -> Result<usize, StoreError> {
        let is_own = |place: usize| own.is_some() && place == 0;
        let have_parameters: Vec<bool> = self.directories.iter().map(|path| path.join(PARAMETERS).is_dir()).collect();
        let mut added = 0;
        for &(place, entry) in &self.chosen {
            let key = &*entry.key;
            if !is_own(place) {
                joined.forget_parameters(key)?;
                if let Some(directory) = self.directories.get(place) {
                    joined.take_trajectory(directory, key)?;
                }
                added += 1;
            }
            let further = self.also.get(key).into_iter().flatten().copied();
            let mut donors = std::iter::once(place)
                .chain(further)
                .filter(|&place| !is_own(place) && have_parameters.get(place) == Some(&true));
            let Some(first) = donors.next() else { continue };
            if joined.has_parameters(key)? {
                continue;
            }
            for place in std::iter::once(first).chain(donors) {
                if let Some(directory) = self.directories.get(place)
                    && joined.take_parameters(directory, key)?
                {
                    break;
                }
            }
        }
        let clean = own.is_some_and(|own| own.flaws.is_empty() && !own.unfinished);
        if let Some(own) = own {
            joined.move_aside(&own.flaws)?;
        }
        if added > 0 || !clean {
            joined.publish(own.map(|own| own.seen), &self.stretches())?;
        }
        Ok(added)
    }

    /// The lines that are kept, those that stand next to each other as one.
    fn stretches(&self) -> Vec<(PathBuf, Seen, Vec<Stretch>)> {
        let mut all = Vec::new();
        for lines in self.chosen.chunk_by(|a, b| a.0 == b.0) {
            let Some(&(place, _)) = lines.first() else { continue };
            let mut stretches: Vec<Stretch> = Vec::new();
            for (_, entry) in lines {
                match stretches.last_mut() {
                    Some(last) if last.offset + last.length + 1 == entry.at.offset => {
                        last.length += 1 + entry.at.length
                    }
                    _ => stretches.push(entry.at),
                }
            }
            if let (Some(directory), Some(index)) = (self.directories.get(place), self.indices.get(place)) {
                all.push((directory.to_path_buf(), index.seen, stretches));
            }
        }
        all
    }

    /// What two records of one key differ in.
    fn contradiction(&self, first: (usize, &Entry), second: (usize, &Entry)) -> Failure {
        let read = |(place, entry): (usize, &Entry)| -> std::io::Result<(&Path, Record)> {
            let directory = self.directories.get(place).copied().unwrap_or(Path::new(""));
            let mut file = File::open(directory.join(RECORDS))?;
            file.seek(SeekFrom::Start(entry.at.offset))?;
            let mut line = Vec::new();
            file.take(entry.at.length).read_to_end(&mut line)?;
            Ok((directory, serde_json::from_slice(&line)?))
        };
        let ((first, known), (second, other)) = match (read(first), read(second)) {
            (Ok(first), Ok(second)) => (first, second),
            (Err(error), _) | (_, Err(error)) => return Failure::trouble(error),
        };
        let what = sameness::of_records(&known, &other).into_iter().next();
        let what = what.unwrap_or_else(|| "the outcomes differ".to_owned());
        Failure::usage(format!(
            "{} and {} contradict each other on the run {} ({} on {}): {what} (results are bit-identical on machines with \
             the same instruction set alone: remove one of the two records)",
            first.display(),
            second.display(),
            known.key,
            known.optimizer,
            known.case
        ))
    }
}
