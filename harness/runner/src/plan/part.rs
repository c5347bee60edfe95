use std::collections::BTreeMap;
use std::ops::Range;

use flatbench_records::Split;

use super::shard::Stage;

/// The runs of one part of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Part(BTreeMap<usize, Vec<Piece>>);

/// Some repetitions × optimizers × settings of a case from one start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) repetitions: Range<usize>,
    /// Places in the suite. Those that the filter leaves out do not count.
    pub(super) optimizers: Range<usize>,
    /// Of those that are divided; where tuning chooses one, the chosen one is 0.
    pub(super) settings: Range<usize>,
}

/// Where a run stands in the suite, all from 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Place of (case, start).
    pub(super) regime: usize,
    pub(super) repetition: usize,
    pub(super) optimizer: usize,
    pub(super) setting: usize,
    /// Settings of the optimizer from that start.
    pub(super) settings: usize,
    /// Whether one setting is evaluated, the one that tuning chose.
    pub(super) chosen: bool,
}

impl Part {
    /// From pieces, each with its place of (case, start).
    pub(super) fn new(pieces: impl Iterator<Item = (usize, Piece)>) -> Self {
        let mut part = Part::default();
        for (regime, piece) in pieces {
            part.0.entry(regime).or_default().push(piece);
        }
        part
    }

    /// Whether a run is among the divided ones of the part, or a tuning run that one of those needs.
    pub(super) fn has(&self, stage: Stage, split: Split, place: Place) -> bool {
        let pieces = self.0.get(&place.regime).into_iter().flatten();
        let mut own = pieces.filter(|piece| piece.optimizers.contains(&place.optimizer));
        if split != stage.split() {
            return own.any(|piece| super::division::goes_along(place.settings > 1, piece.repetitions.start));
        }
        let setting = if place.chosen { 0 } else { place.setting };
        own.any(|piece| piece.repetitions.contains(&place.repetition) && piece.settings.contains(&setting))
    }

    /// Whether the part has runs of a case from a start.
    pub(super) fn reaches(&self, regime: usize) -> bool {
        self.0.contains_key(&regime)
    }
}
