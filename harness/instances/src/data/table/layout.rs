use std::collections::HashSet;

use super::super::DataError;
use super::Table;
use super::dialect::Delimiter;
use super::header::Header;
use super::names::{MOVIELENS, Role, is_index, is_movielens, plain, role};
use super::number::whole;

/// What a line is.
pub(super) enum Layout {
    /// A row of the matrix.
    Matrix,
    /// An entry.
    Listed(Columns),
}

/// Where a line of an entry holds its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) row: usize,
    pub(super) column: usize,
    pub(super) value: usize,
    /// Whether rows and columns are counted from 0, rather than labelled.
    pub(super) by_index: bool,
}

impl Layout {
    /// The layout that the keys say, or names of the columns, or the name of the file.
    pub(super) fn find(table: &Table<'_>, header: &Header, delimiter: &Delimiter) -> Result<Self, DataError> {
        let width = table.grid.line(header.lines()).map_or(0, |line| line.len());
        if table.keys.columns.as_slice() == ["all"] {
            return Ok(Layout::Matrix);
        }
        if !table.keys.columns.is_empty() {
            return chosen(table, header, width).map(Layout::Listed);
        }
        if let Some(names) = &header.names {
            if let Some(columns) = named(table, names)? {
                return Ok(Layout::Listed(columns));
            }
        } else if width == MOVIELENS.len() && (is_movielens(&table.source.name) || delimiter.0 == "::") {
            let names: Vec<String> = MOVIELENS.iter().map(|name| (*name).to_owned()).collect();
            return Ok(named(table, &names)?.map_or(Layout::Matrix, Layout::Listed));
        }
        if looks_listed(table, header, width) {
            let example = match &header.names {
                Some(names) => names
                    .iter()
                    .filter(|name| !name.is_empty())
                    .take(3)
                    .map(|name| format!("{name:?}"))
                    .collect::<Vec<_>>()
                    .join(", "),
                None => "1, 2, 3".to_owned(),
            };
            return Err(table.doubtful(
                "the first columns look like labels of rows and columns, so that a line may be one entry",
                format!(
                    "`columns` = [{example}] if these hold row, column and value, `columns` = \"all\" for a matrix"
                ),
            ));
        }
        Ok(Layout::Matrix)
    }
}

/// The columns that a key names.
fn chosen(table: &Table<'_>, header: &Header, width: usize) -> Result<Columns, DataError> {
    let wanted = &table.keys.columns;
    let by_number = |text: &String| text.parse::<usize>().ok().filter(|n| (1..=width).contains(n)).map(|n| n - 1);
    let names: Option<Vec<String>> = match &header.names {
        Some(names) => Some(names.clone()),
        // Without a header, as many names as a line has fields name these.
        None if wanted.len() == width && !wanted.iter().all(|text| by_number(text).is_some()) => {
            if let Some(columns) = named(table, wanted)? {
                return Ok(columns);
            }
            Some(wanted.clone())
        }
        None => None,
    };
    let [row, column, value] = wanted.as_slice() else {
        let reason = "names the columns of row, column and value, such as [\"user\", \"item\", \"rating\"] or [1, 2, 3]; \"all\" \
                      makes each of them a column of the matrix";
        return Err(table.key("columns", reason));
    };
    let place = |text: &String| {
        let named = names.iter().flatten().position(|name| plain(name) == plain(text) && !plain(text).is_empty());
        named.or_else(|| by_number(text)).ok_or_else(|| {
            let known = match &names {
                Some(names) => format!("the header has {}", names.join(", ")),
                None => format!("the file has no header; its columns are 1 to {width}"),
            };
            table.key("columns", format!("holds {text:?}, which is no column ({known})"))
        })
    };
    let columns = Columns {
        row: place(row)?,
        column: place(column)?,
        value: place(value)?,
        by_index: is_index(row) && is_index(column),
    };
    if columns.row == columns.column || columns.row == columns.value || columns.column == columns.value {
        return Err(table.key("columns", "names a column twice"));
    }
    Ok(columns)
}

/// The columns by their names, where these are those of ratings.
fn named(table: &Table<'_>, names: &[String]) -> Result<Option<Columns>, DataError> {
    let of = |wanted: Role| {
        let all = names.iter().enumerate().filter(move |(_, name)| role(name) == Some(wanted));
        all.map(|(place, _)| place).collect::<Vec<_>>()
    };
    match (of(Role::Row).as_slice(), of(Role::Column).as_slice(), of(Role::Value).as_slice()) {
        (&[row], &[column], &[value]) => {
            let index = |place: usize| names.get(place).is_some_and(|name| is_index(name));
            Ok(Some(Columns { row, column, value, by_index: index(row) && index(column) }))
        }
        ([], ..) | (_, [], _) => Ok(None),
        _ => Err(table.doubtful(
            format!(
                "the header has {}, and it is not clear which of them hold row, column and value",
                names.join(", ")
            ),
            "`columns` = [.., .., ..] names these three; `columns` = \"all\" for a matrix",
        )),
    }
}

/// Lines from which on two columns of labels are told from numbers.
const FEWEST: usize = 4;
/// Columns up to which lines are taken for entries: row, column, value, time.
const WIDEST: usize = 4;
/// Whole numbers from here on are times, in seconds since 1970.
const TIMES: u64 = 100_000_000;

/// Whether lines look like entries although nothing says so: two columns of whole numbers that repeat, in pairs that hardly do.
fn looks_listed(table: &Table<'_>, header: &Header, width: usize) -> bool {
    let skipped = usize::from(header.index == Some(true));
    let lines = || table.grid.lines(header.lines());
    let count = lines().count();
    let is_time = |column| lines().all(|line| line.get(column).and_then(whole).is_some_and(|n| n >= TIMES));
    let wide = width.saturating_sub(skipped);
    if count < FEWEST || wide < 3 || (wide > WIDEST && !(skipped + 2..width).any(is_time)) {
        return false;
    }
    let pair = |line: super::grid::Line<'_>| {
        Some((line.get(skipped).and_then(whole)?, line.get(skipped + 1).and_then(whole)?))
    };
    let Some(pairs) = lines().map(pair).collect::<Option<Vec<_>>>() else { return false };
    let distinct = pairs.iter().collect::<HashSet<_>>().len();
    let rows = pairs.iter().map(|pair| pair.0).collect::<HashSet<_>>().len();
    let columns = pairs.iter().map(|pair| pair.1).collect::<HashSet<_>>().len();
    // A column of one value is a constant, not a label.
    4 * distinct >= 3 * count && (rows < count || columns < count) && rows > 1 && columns > 1
}
