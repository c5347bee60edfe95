//! Which record of which directory is kept, and that no two contradict each other.

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flatbench_records::directory::{PARAMETERS, RecordsFile, records_name};
use flatbench_records::{Outcome, Record};
use flatbench_runner::store::{Seen, StoreError, Stretch, Union};

use super::index::{Entry, Index};
use crate::sameness;
use crate::status::Failure;

/// What is kept of some directories: each key once, from the first one that has it, unless its run failed there and not elsewhere.
pub struct Kept<'a> {
    directories: &'a [&'a Path],
    indices: &'a [Index],
    /// Whether the first directory is the one that the others are joined in.
    has_own: bool,
    /// Directory and entry, in order.
    chosen: Vec<(usize, &'a Entry)>,
    /// Further directories with the same results, whose parameters will do, by key.
    also: HashMap<&'a str, Vec<usize>>,
    /// Records of the own directory that those of later attempts take the place of.
    retried: Vec<&'a Entry>,
    /// Runs of which several attempts are there that ended differently.
    attempts: usize,
}

/// Holds the records of all directories against each other.
pub fn hold_together<'a>(
    directories: &'a [&'a Path],
    indices: &'a [Index],
    has_own: bool,
) -> Result<Kept<'a>, Failure> {
    let mut kept = Kept {
        directories,
        indices,
        has_own,
        chosen: Vec::new(),
        also: HashMap::new(),
        retried: Vec::new(),
        attempts: 0,
    };
    let expected = indices.first().map_or(0, |index| index.entries.len());
    // By key, where among the chosen ones it stands.
    let mut known: HashMap<&str, usize> = HashMap::with_capacity(expected);
    let mut runs: HashMap<u64, usize> = HashMap::with_capacity(expected);
    for (place, (directory, index)) in directories.iter().zip(indices).enumerate() {
        let keeps_parameters = directory.join(PARAMETERS).is_dir();
        for entry in &index.entries {
            let Some(&at) = known.get(&*entry.key) else {
                known.insert(&entry.key, kept.chosen.len());
                if let Some(&other) = runs.get(&entry.place) {
                    return Err(kept.same_run(other, (place, entry)));
                }
                runs.insert(entry.place, kept.chosen.len());
                kept.chosen.push((place, entry));
                continue;
            };
            let Some(&(first, other)) = kept.chosen.get(at) else { continue };
            let is_own = has_own && first == 0;
            match (other.outcome == Outcome::Completed, entry.outcome == Outcome::Completed) {
                // One key means one result; only how long it took may differ.
                (true, true) if entry.digest != other.digest => {
                    return Err(kept.contradiction((first, other), (place, entry)));
                }
                (true, true) if keeps_parameters => kept.also.entry(&entry.key).or_default().push(place),
                (true, true) => {}
                // How a machine was too slow or broke down says nothing against another attempt.
                (true, false) => kept.attempts += 1,
                (false, completed) => {
                    kept.attempts += usize::from(completed || entry.outcome != other.outcome);
                    // What was joined before is older than the parts.
                    if completed || is_own && entry.outcome != other.outcome {
                        kept.retried.extend(is_own.then_some(other));
                        kept.chosen[at] = (place, entry);
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

    /// Runs of which several attempts are there that ended differently: one that completed is kept, or else the latest.
    pub fn attempts(&self) -> usize {
        self.attempts
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
        if self.has_own && !self.retried.is_empty() {
            let lines = self.retried.iter().map(|entry| self.line((0, entry))).collect::<std::io::Result<Vec<_>>>();
            let path = self.directories.first().map(|path| path.join(records_name(path))).unwrap_or_default();
            joined.set_aside(&lines.map_err(|source| StoreError::Io { action: "read", path, source })?)?;
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

    /// The text of a record.
    fn line(&self, (place, entry): (usize, &Entry)) -> std::io::Result<Vec<u8>> {
        let directory = self.directories.get(place).copied().unwrap_or(Path::new(""));
        let mut file = RecordsFile::open(directory)?.text()?;
        file.seek(SeekFrom::Start(entry.at.offset))?;
        let mut line = Vec::new();
        file.take(entry.at.length).read_to_end(&mut line)?;
        Ok(line)
    }

    fn record(&self, (place, entry): (usize, &Entry)) -> std::io::Result<(&Path, Record)> {
        let directory = self.directories.get(place).copied().unwrap_or(Path::new(""));
        Ok((directory, serde_json::from_slice(&self.line((place, entry))?)?))
    }

    /// Two records of what a reader takes for one run.
    fn same_run(&self, first: usize, second: (usize, &Entry)) -> Failure {
        let first = self.chosen.get(first).copied().unwrap_or(second);
        match (self.record(first), self.record(second)) {
            (Ok((first, known)), Ok((second, other))) => Failure::usage(format!(
                "{} and {} hold one run ({} on {}, repetition {}) with different keys, {} and {}: it was done with another --tier or \
                 budget, or by another numbers version of flatbench (merge directories of one kind)",
                first.display(),
                second.display(),
                known.optimizer,
                known.case,
                known.repetition,
                known.key,
                other.key
            )),
            (Err(error), _) | (_, Err(error)) => Failure::trouble(error),
        }
    }

    /// What two records of one key differ in.
    fn contradiction(&self, first: (usize, &Entry), second: (usize, &Entry)) -> Failure {
        let ((first, known), (second, other)) = match (self.record(first), self.record(second)) {
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
