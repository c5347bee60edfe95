use flatbench_records::PlanSize;

use super::{Filter, Plan};

impl Plan<'_> {
    /// Whether settings are chosen, so that one of each optimizer is compared.
    pub fn is_tuned(&self) -> bool {
        self.suite.tuning().is_some()
    }

    /// Numbers of runs of all that a filter keeps, of which it may take one part only.
    pub fn size(&self, filter: &Filter) -> PlanSize {
        let mut size = PlanSize::default();
        for case in &self.suite.cases {
            for &init in &case.inits {
                let kept = self.suite.optimizers.iter().filter(|own| filter.keeps(&own.name, &case.family));
                let settings: Vec<usize> = kept.map(|optimizer| optimizer.settings(init).len()).collect();
                let all: usize = settings.iter().sum();
                let seeds = self.suite.repetitions(case) as usize;
                match self.suite.tuning() {
                    Some(tuning) => {
                        let covered = if tuning.covers(&case.name) { tuning.seeds as usize } else { 0 };
                        size.tuning += covered * all;
                        size.evaluation += seeds * settings.len();
                    }
                    None => size.evaluation += seeds * all,
                }
            }
        }
        size
    }
}
