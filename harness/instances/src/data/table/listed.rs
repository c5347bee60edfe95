use flatbench_problems::Data;
use flatbench_records::Reading;

use super::super::contents::Contents;
use super::super::entries::Entries;
use super::super::{DataError, bounded};
use super::Table;
use super::grid::Line;
use super::header::Header;
use super::labels::Labels;
use super::layout::Columns;
use super::number::parse;

/// Reads a file of which every line is an entry.
pub(super) fn read(
    table: Table<'_>,
    header: &Header,
    columns: &Columns,
    reading: Reading,
) -> Result<Contents, DataError> {
    if table.keys.index.is_some() {
        return Err(table.key("index", "means nothing where every line is an entry (leave it out)"));
    }
    let mut entries = Entries::new(table.keys.duplicates);
    let (mut rows, mut cols) = (Labels::default(), Labels::default());
    let (mut height, mut width) = (0_usize, 0_usize);
    let mut left_out = 0;
    for line in table.grid.lines(header.lines()) {
        let part = |place: usize| line.get(place).ok_or_else(|| ragged(&table, line, columns));
        let (row, column, text) = (part(columns.row)?, part(columns.column)?, part(columns.value)?);
        if table.numbers.is_declared_missing(text) {
            left_out += 1;
            continue;
        }
        let value = parse(text, table.numbers.decimal).filter(|value| value.is_finite());
        let value = value.ok_or_else(|| {
            table.bad(line, text, "a finite number (`missing` = [\"..\"] leaves out the entries that have such a text)")
        })?;
        let (i, j) = if columns.by_index {
            let index =
                |text: &str| text.parse::<usize>().map_err(|_| table.bad(line, text, "an index from 0 upwards"));
            (index(row)?, index(column)?)
        } else {
            if row.is_empty() || column.is_empty() {
                return Err(table.bad(line, "", "a label"));
            }
            (rows.number(row), cols.number(column))
        };
        (height, width) = (height.max(i.saturating_add(1)), width.max(j.saturating_add(1)));
        entries.add(i, j, value).map_err(|_| DataError::Duplicate {
            path: table.source.path.clone(),
            line: line.number,
            row: row.to_owned(),
            column: column.to_owned(),
        })?;
    }
    bounded(
        table.source,
        height,
        width,
        if columns.by_index { "its largest indices (are they contiguous?)" } else { "its labels" },
    )?;
    let duplicates = entries.duplicates;
    let mut known = entries.finish();
    let (mut notes, mut warnings) = (table.notes, table.warnings);
    let layout = if columns.by_index {
        if !known.is_empty() && known.iter().all(|entry| entry.0 > 0 && entry.1 > 0) {
            let warning =
                "no entry has row 0 or column 0: if they count from 1, name the columns user and item instead";
            warnings.push(warning.to_owned());
        }
        "entries, by row and column from 0".to_owned()
    } else {
        let (row_ranks, col_ranks) = (rows.ranks(), cols.ranks());
        for (i, j, _) in &mut known {
            if let (Some(&row), Some(&column)) = (row_ranks.get(*i), col_ranks.get(*j)) {
                (*i, *j) = (row, column);
            }
        }
        format!("entries, rows labelled {}, columns {}", rows.span(), cols.span())
    };
    let [row, column, value] = [columns.row + 1, columns.column + 1, columns.value + 1];
    notes.push(format!("row, column and value are fields {row}, {column} and {value} of a line"));
    if left_out > 0 {
        notes.push(format!("{left_out} entries left out as missing"));
    }
    let data = Data::entries(height.max(rows.len()), width.max(cols.len()), known);
    Ok(Contents { data, reading: Reading { layout, duplicates, notes, warnings, ..reading } })
}

fn ragged(table: &Table<'_>, line: Line<'_>, columns: &Columns) -> DataError {
    let expected = 1 + columns.row.max(columns.column).max(columns.value);
    DataError::Ragged { path: table.source.path.clone(), line: line.number, found: line.len(), expected }
}
