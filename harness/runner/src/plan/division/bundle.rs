use std::cmp::Ordering;
use std::ops::Range;

use super::field::Field;

/// Runs that stay together: of one field, a range of repetitions × optimizers × settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::plan) struct Bundle {
    /// Place of the field among all.
    pub(super) field: usize,
    pub(super) repetitions: Range<usize>,
    /// Places in the field's list of optimizers.
    pub(super) optimizers: Range<usize>,
    /// Of each optimizer; the range goes beyond the settings of those that have fewer.
    pub(super) settings: Range<usize>,
}

/// By their places in the plan.
impl Ord for Bundle {
    fn cmp(&self, other: &Self) -> Ordering {
        let ends = |range: &Range<usize>| (range.start, range.end);
        let place = |bundle: &Bundle| {
            (bundle.field, ends(&bundle.repetitions), ends(&bundle.optimizers), ends(&bundle.settings))
        };
        place(self).cmp(&place(other))
    }
}

impl PartialOrd for Bundle {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Bundle {
    /// A whole field.
    pub(super) fn whole(place: usize, field: &Field) -> Self {
        let most = field.optimizers.iter().map(|optimizer| optimizer.settings).max().unwrap_or(0);
        Bundle {
            field: place,
            repetitions: 0..field.repetitions,
            optimizers: 0..field.optimizers.len(),
            settings: 0..most,
        }
    }

    /// Number of runs, without the tuning that they need.
    pub(super) fn runs(&self, field: &Field) -> usize {
        self.repetitions.len() * self.per_repetition(field)
    }

    /// Number of runs on one instance.
    fn per_repetition(&self, field: &Field) -> usize {
        let own = |settings: usize| settings.min(self.settings.end).saturating_sub(self.settings.start);
        field.of(self).map(|optimizer| own(optimizer.settings)).sum()
    }

    /// Cost of the runs, and of drawing their instances.
    pub(super) fn own_cost(&self, field: &Field) -> u128 {
        field.cost(self.runs(field), self.repetitions.len())
    }

    /// Cost of the tuning that the runs need.
    pub(super) fn tuning_cost(&self, field: &Field) -> u128 {
        let runs: usize = field.of(self).map(|optimizer| optimizer.tuning_for(self)).sum();
        field.cost(runs, if runs > 0 { field.tuning_repetitions } else { 0 })
    }

    pub(super) fn cost(&self, field: &Field) -> u128 {
        self.own_cost(field).saturating_add(self.tuning_cost(field))
    }

    /// Cuts the bundle into up to `pieces` ≥ 2 along its first axis that can be cut; itself where it is one run.
    ///
    /// An instance stays whole as long as that costs nothing: it is drawn once, and runs on it share passes over its
    /// measurements. Runs that need the same tuning stay together before that, since it would be done in each piece.
    pub(super) fn cut(self, pieces: usize, field: &Field) -> Vec<Bundle> {
        let by = |range: &Range<usize>| {
            let (start, length) = (range.start, range.len());
            let pieces = pieces.min(length);
            (0..pieces).map(move |piece| start + length * piece / pieces..start + length * (piece + 1) / pieces)
        };
        let tuned = field.of(&self).any(|optimizer| optimizer.needs_tuning());
        let (repetitions, optimizers) = (self.repetitions.len() > 1, self.optimizers.len() > 1);
        if repetitions && !(tuned && optimizers) {
            by(&self.repetitions).map(|repetitions| Bundle { repetitions, ..self.clone() }).collect()
        } else if optimizers {
            by(&self.optimizers).map(|optimizers| Bundle { optimizers, ..self.clone() }).collect()
        } else {
            let most = field.of(&self).map(|optimizer| optimizer.settings).max().unwrap_or(0);
            let settings = self.settings.start..self.settings.end.min(most);
            by(&settings).map(|settings| Bundle { settings, ..self.clone() }).collect()
        }
    }
}
