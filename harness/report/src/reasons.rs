//! Why runs reached no minimum, counted.

use flatbench_records::{Outcome, Record};

/// Reasons that are named one by one.
const NAMED: usize = 3;

/// Completed runs without a limit, by reason.
///
/// Reasons that differ in their numbers alone are one, and show the range of each number.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Reasons {
    /// By the words of the reason, in the order in which they came.
    kinds: Vec<Kind>,
}

#[derive(Clone, Debug, PartialEq)]
struct Kind {
    /// Text around the numbers.
    words: Vec<String>,
    /// Least and greatest of every number, as they were written.
    numbers: Vec<[String; 2]>,
    count: usize,
}

impl Reasons {
    /// The reasons of `records`.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut out = Reasons::default();
        records.into_iter().filter_map(reason).for_each(|reason| out.add(reason));
        out.kinds.sort_by_key(|kind| std::cmp::Reverse(kind.count));
        out
    }

    /// Runs that reached no minimum.
    pub fn count(&self) -> usize {
        self.kinds.iter().map(|kind| kind.count).sum()
    }

    /// Each reason with its number of runs, the most frequent first.
    pub fn each(&self) -> impl Iterator<Item = (String, usize)> {
        self.kinds.iter().map(|kind| (kind.text(), kind.count))
    }

    /// `held at the saddle at zero: 6 of 9 runs`, the most frequent reasons separated by semicolons; empty where every run
    /// reached a minimum.
    pub fn words(&self, runs: usize) -> String {
        let noun = if runs == 1 { "run" } else { "runs" };
        let said = |(reason, count): (String, usize)| format!("{reason}: {count} of {runs} {noun}");
        let mut each: Vec<String> = self.each().take(NAMED).map(said).collect();
        let others: usize = self.each().skip(NAMED).map(|(_, count)| count).sum();
        each.extend((others > 0).then(|| said(("other reasons".to_owned(), others))));
        each.join("; ")
    }

    /// The reasons without their numbers, the most frequent first.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = String> {
        self.kinds.iter().map(|kind| kind.words.join("…"))
    }

    fn add(&mut self, reason: &str) {
        let (words, numbers) = taken_apart(reason);
        match self.kinds.iter_mut().find(|kind| kind.words == words) {
            Some(kind) => {
                kind.count += 1;
                for (range, number) in kind.numbers.iter_mut().zip(numbers) {
                    let value = |text: &str| text.parse::<f64>().unwrap_or(f64::NAN);
                    if value(&number) < value(&range[0]) {
                        range[0] = number;
                    } else if value(&number) > value(&range[1]) {
                        range[1] = number;
                    }
                }
            }
            None => {
                let numbers = numbers.into_iter().map(|number| [number.clone(), number]).collect();
                self.kinds.push(Kind { words, numbers, count: 1 });
            }
        }
    }
}

impl Kind {
    fn text(&self) -> String {
        let mut out = String::new();
        for (index, words) in self.words.iter().enumerate() {
            out.push_str(words);
            match self.numbers.get(index) {
                Some([low, high]) if low == high => out.push_str(low),
                Some([low, high]) => out.push_str(&format!("{low} to {high}")),
                None => {}
            }
        }
        out
    }
}

/// Why a completed run has no limit.
fn reason(record: &Record) -> Option<&str> {
    let result = &record.result;
    let unreached = result.outcome == Outcome::Completed && result.limit().is_none();
    let given = result.limit.as_ref().and_then(|limit| limit.reason.as_deref());
    unreached.then(|| given.unwrap_or("no limit was recorded"))
}

/// The text before, between and after its numbers, and the numbers.
fn taken_apart(reason: &str) -> (Vec<String>, Vec<String>) {
    let (mut words, mut numbers) = (vec![String::new()], Vec::new());
    for (index, token) in reason.split(' ').enumerate() {
        let last = words.len() - 1;
        if index > 0 {
            words[last].push(' ');
        }
        let number = token.trim_start_matches('(').trim_end_matches([')', ':', ',', ';']);
        if number.starts_with(|c: char| c.is_ascii_digit()) && number.parse::<f64>().is_ok() {
            let (before, after) = token.split_once(number).unwrap_or(("", ""));
            words[last].push_str(before);
            numbers.push(number.to_owned());
            words.push(after.to_owned());
        } else {
            words[last].push_str(token);
        }
    }
    (words, numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic;
    use flatbench_records::LimitState;

    #[test]
    fn runs_are_counted_by_their_reason() {
        let mut records = synthetic::study(1, 5, 1).sources.remove(0).records;
        records.truncate(5);
        let said = |record: &mut Record, reason: &str| {
            let limit = record.result.limit.as_mut().expect("it has one");
            (limit.state, limit.reason) = (LimitState::NotReached, Some(reason.to_owned()));
        };
        said(&mut records[0], "held at the saddle at zero");
        said(&mut records[1], "the loss stands (2.0e-3): it hardly falls");
        said(&mut records[2], "the loss stands (1.0e-3): it hardly falls");
        records[3].result.limit = None;
        let reasons = Reasons::of(&records);
        assert_eq!(reasons.count(), 4);
        assert_eq!(
            reasons.words(5),
            "the loss stands (1.0e-3 to 2.0e-3): it hardly falls: 2 of 5 runs; held at the saddle at zero: \
             1 of 5 runs; no limit was recorded: 1 of 5 runs"
        );
        assert_eq!(Reasons::of(&records[4..]).words(1), "");
    }
}
