use std::collections::{BTreeMap, HashMap};

use flatbench_records::{Init, Record, Split, Value};

/// An instance with a start and a budget: what runs have to have in common to be compared in pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// Name of the suite, which seeds are drawn from.
    pub suite: String,
    /// Name of the case.
    pub case: String,
    /// Name of the family.
    pub family: String,
    /// Its parameters as records have them, the hash of a data file among them.
    pub parameters: BTreeMap<String, Value>,
    /// Starting regime.
    pub init: Init,
    /// What its points are multiplied by.
    pub init_scale: Option<f64>,
    /// Which draw of the case.
    pub repetition: u32,
    /// Seed of truth and measurements.
    pub instance_seed: u64,
    /// In full-gradient equivalents.
    pub budget: f64,
    /// Loss that ends a run, over that at the start.
    pub stop_at_loss: Option<f64>,
    /// Loss and tr H at the start, as far as a run measured them.
    pub start: Option<[f64; 2]>,
}

impl Spot {
    /// Whether a record is of the same case: by its name, or by all that decides its instances.
    pub(super) fn is_of(&self, record: &Record) -> bool {
        let same = || !self.parameters.is_empty() && self.parameters == record.family_parameters;
        let same_start = self.init_scale == record.init_scale;
        self.family == record.family && same_start && (self.case == record.case || same())
    }

    /// A record of an archive as one of this spot: under the names that case and suite have here.
    pub(super) fn take(&self, mut record: Record) -> Record {
        record.case.clone_from(&self.case);
        record.suite.clone_from(&self.suite);
        record.repetition = self.repetition;
        record
    }
}

/// The spots of the evaluation runs among records, each once, in their order.
pub fn spots<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<Spot> {
    let mut all: Vec<Spot> = Vec::new();
    let mut known: HashMap<(&str, Init, u64, u64), usize> = HashMap::new();
    for record in records.into_iter().filter(|record| record.split == Split::Evaluation) {
        let place = (record.case.as_str(), record.init, record.instance_seed, record.budget.to_bits());
        let at = *known.entry(place).or_insert(all.len());
        match all.get_mut(at) {
            Some(spot) if spot.start.is_none() => spot.start = start(record),
            Some(_) => {}
            None => all.push(spot(record)),
        }
    }
    all
}

fn spot(record: &Record) -> Spot {
    Spot {
        suite: record.suite.clone(),
        case: record.case.clone(),
        family: record.family.clone(),
        parameters: record.family_parameters.clone(),
        init: record.init,
        init_scale: record.init_scale,
        repetition: record.repetition,
        instance_seed: record.instance_seed,
        budget: record.budget,
        stop_at_loss: record.stop_at_loss,
        start: start(record),
    }
}

/// Loss and tr H at the start of a run, where both were measured.
pub(super) fn start(record: &Record) -> Option<[f64; 2]> {
    let metrics = record.result.start.as_ref()?;
    Some([metrics.train_loss?, metrics.hessian_trace?])
}
