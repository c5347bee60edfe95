use std::collections::HashSet;

use flatbench_problems::{Data, Unlisted};
use flatbench_records::{Reading, number};
use ndarray::Array2;

use super::{DataError, Source};

/// What a reader of one format makes of a file; shape, range and the like are filled in afterwards.
pub(super) struct Contents {
    pub(super) data: Data,
    pub(super) reading: Reading,
}

/// Rows or entries that are shown.
const SHOWN_ROWS: usize = 3;
/// Columns that are shown.
const SHOWN_COLUMNS: usize = 6;

/// Numbers that stand for a missing entry by custom, where nothing lies beyond them.
const SENTINELS: [f64; 6] = [-99.0, -999.0, -9999.0, -99999.0, 9999.0, 99999.0];

impl Contents {
    /// A dense matrix whose missing entries are not-a-number; infinite ones are refused.
    pub(super) fn dense(source: &Source, values: Array2<f64>, reading: Reading) -> Result<Self, DataError> {
        if let Some(((row, column), value)) = values.indexed_iter().find(|(_, v)| v.is_infinite()) {
            return Err(DataError::NotFinite { path: source.path.clone(), row, column, value: *value });
        }
        let first = values.rows().into_iter().take(SHOWN_ROWS).map(|row| shown(row.iter().copied())).collect();
        let data = if values.iter().all(|v| !v.is_nan()) {
            Data::matrix(values)
        } else {
            let (rows, cols) = values.dim();
            let known = values.indexed_iter().filter(|(_, v)| !v.is_nan());
            Data::entries(rows, cols, known.map(|((i, j), &v)| (i, j, v)).collect())
        };
        Ok(Contents { data, reading: Reading { layout: "matrix".to_owned(), first, ..reading } })
    }

    /// The same, with numbers of another relative precision than that of double precision.
    pub(super) fn with_precision(mut self, precision: f64) -> Self {
        self.data.precision = precision;
        self
    }

    /// The same, with entries that are zero where they are not listed.
    pub(super) fn zero_elsewhere(mut self) -> Self {
        self.data.unlisted = Unlisted::Zero;
        self
    }

    /// Refuses a file without known entries, and says of the others what they hold.
    pub(super) fn finish(mut self, source: &Source) -> Result<(Data, Reading), DataError> {
        let (rows, cols) = self.data.shape();
        if rows == 0 || cols == 0 {
            return Err(DataError::Empty { path: source.path.clone() });
        }
        let known = self.data.known();
        if known.is_empty() {
            return Err(DataError::AllMissing { path: source.path.clone() });
        }
        let range =
            known.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], e| [low.min(e.2), high.max(e.2)]);
        let reading = &mut self.reading;
        (reading.rows, reading.cols, reading.known, reading.range) = (rows, cols, known.len(), Some(range));
        for sentinel in SENTINELS.into_iter().filter(|sentinel| range.contains(sentinel)) {
            let count = known.iter().filter(|entry| entry.2 == sentinel).count();
            reading.warnings.push(format!(
                "{sentinel} occurs {count} times: if it stands for a missing entry, say `missing` = [{sentinel}]"
            ));
        }
        if source.packed {
            reading.format += ", gzip";
        }
        if reading.first.is_empty() {
            let entry = |(row, column, value): &(usize, usize, f64)| format!("({row}, {column}) = {}", number(*value));
            reading.first = known.iter().take(SHOWN_ROWS).map(entry).collect();
        }
        let seen_rows: HashSet<usize> = known.iter().map(|entry| entry.0).collect();
        let seen_columns: HashSet<usize> = known.iter().map(|entry| entry.1).collect();
        for (size, seen, what) in [(rows, seen_rows, "rows"), (cols, seen_columns, "columns")] {
            let unseen = size.saturating_sub(seen.len());
            if unseen > 0 && self.data.unlisted == Unlisted::Missing {
                reading.notes.push(format!("{unseen} of {size} {what} have no entry"));
            }
        }
        Ok((self.data, self.reading))
    }
}

/// The first numbers of a row.
fn shown(mut row: impl Iterator<Item = f64>) -> String {
    let written = |x: f64| if x.is_nan() { "·".to_owned() } else { number(x) };
    let numbers: Vec<_> = row.by_ref().take(SHOWN_COLUMNS).map(written).collect();
    numbers.join(" ") + if row.next().is_some() { " …" } else { "" }
}
