use std::collections::BTreeMap;

use crate::statistics::median;
use crate::study::Run;

/// A number of an optimizer on a case from a start.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CellValue {
    pub(crate) optimizer: usize,
    pub(crate) panel: usize,
    /// Median over the runs that have it.
    pub(crate) value: f64,
    pub(crate) runs: usize,
}

/// The medians of a number by panel and optimizer, over runs that stopped somewhere.
pub(crate) fn cell_values<'s, 'a: 's>(
    runs: impl IntoIterator<Item = &'s Run<'a>>,
    of: impl Fn(&Run<'a>) -> Option<f64>,
) -> Vec<CellValue> {
    let mut values: BTreeMap<(usize, usize), Vec<f64>> = BTreeMap::new();
    for run in runs.into_iter().filter(|run| run.stopped()) {
        let value = of(run).filter(|value| value.is_finite());
        if let Some(value) = value {
            values.entry((run.panel, run.optimizer)).or_default().push(value);
        }
    }
    let cell = |((panel, optimizer), values): ((usize, usize), Vec<f64>)| {
        Some(CellValue { optimizer, panel, value: median(&values)?, runs: values.len() })
    };
    values.into_iter().filter_map(cell).collect()
}
