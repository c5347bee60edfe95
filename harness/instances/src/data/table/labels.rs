use std::cmp::Ordering;
use std::collections::HashMap;

/// Labels of rows or of columns, numbered as they come and ranked in the end.
#[derive(Default)]
pub(super) struct Labels<'a> {
    numbers: HashMap<&'a str, usize>,
    all: Vec<&'a str>,
}

impl<'a> Labels<'a> {
    /// The number of a label, from 0 in the order of appearance.
    pub(super) fn number(&mut self, label: &'a str) -> usize {
        *self.numbers.entry(label).or_insert_with(|| {
            self.all.push(label);
            self.all.len() - 1
        })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The rank of each label, by its number: numbers in ascending order, then texts.
    pub(super) fn ranks(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.all.len()).collect();
        let label = |number: &usize| self.all.get(*number).copied().unwrap_or_default();
        order.sort_by(|a, b| compare(label(a), label(b)));
        let mut ranks = vec![0; order.len()];
        for (rank, number) in order.into_iter().enumerate() {
            if let Some(place) = ranks.get_mut(number) {
                *place = rank;
            }
        }
        ranks
    }

    /// The first and the last in that order.
    pub(super) fn span(&self) -> String {
        let first = self.all.iter().min_by(|a, b| compare(a, b)).copied().unwrap_or_default();
        let last = self.all.iter().max_by(|a, b| compare(a, b)).copied().unwrap_or_default();
        format!("{first:?} to {last:?}")
    }
}

/// A total order: numbers by value, then texts, equal numbers as texts.
fn compare(a: &str, b: &str) -> Ordering {
    let number = |label: &str| label.parse::<f64>().ok().filter(|x| x.is_finite());
    match (number(a), number(b)) {
        (Some(x), Some(y)) => x.total_cmp(&y).then_with(|| a.cmp(b)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}
