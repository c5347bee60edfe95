use super::super::DataError;
use super::Table;
use super::number::{Field, are_names, counts, is_whole, whole};

/// What the first line says.
pub(super) struct Header {
    /// Names of the columns, as many as lines have fields; `None` without a header.
    pub(super) names: Option<Vec<String>>,
    /// Whether the first column names the rows, where the header tells.
    pub(super) index: Option<bool>,
}

impl Header {
    /// Line at which the data begins, from 0.
    pub(super) fn lines(&self) -> usize {
        usize::from(self.names.is_some())
    }

    /// Reads the header, if there is one: the first line, where none of its fields is a number.
    pub(super) fn find(table: &mut Table<'_>) -> Result<Self, DataError> {
        let names = First::of(table);
        let index = table.keys.index;
        if table.keys.header == Some(false) {
            return Ok(Header { names: None, index });
        }
        if names.is_short {
            // As R writes it, whose header has no name for the column of row names.
            if table.keys.header.is_none() && names.texts < names.fields.len() {
                return Ok(Header { names: None, index });
            }
            let names = [String::new()].into_iter().chain(names.fields).collect();
            table
                .notes
                .push("the header has one name less than lines have fields: the first column names the rows".into());
            return Ok(Header { names: Some(names), index: index.or(Some(true)) });
        }
        let unnamed_first = names.fields.len() > 1 && names.fields.first().is_some_and(String::is_empty);
        let is_header = match table.keys.header {
            Some(given) => given,
            None => names.is_header(table, unnamed_first)?,
        };
        if !is_header {
            return Ok(Header { names: None, index });
        }
        Ok(Header { names: Some(names.fields), index: index.or(unnamed_first.then_some(true)) })
    }
}

/// The first line, as far as it tells whether it is a header.
struct First {
    fields: Vec<String>,
    texts: usize,
    numbers: usize,
    empty: usize,
    /// Whether every line after it has one field more, other than an empty one.
    is_short: bool,
}

impl First {
    fn of(table: &Table<'_>) -> Self {
        let line = table.grid.line(0);
        let fields: Vec<String> = line.iter().flat_map(|line| line.fields()).map(str::to_owned).collect();
        let of_kind = |kind: fn(Field) -> bool| fields.iter().filter(|field| kind(table.numbers.field(field))).count();
        let mut rest = table.grid.lines(1);
        let longer = |line: &super::grid::Line<'_>| line.len() == fields.len() + 1;
        let has_last = |line: super::grid::Line<'_>| line.get(fields.len()).is_some_and(|field| !field.is_empty());
        First {
            texts: of_kind(|kind| kind == Field::Text),
            numbers: of_kind(|kind| matches!(kind, Field::Number(_))),
            empty: fields.iter().filter(|field| field.is_empty()).count(),
            is_short: table.grid.len() > 1 && rest.all(|line| longer(&line)) && table.grid.lines(1).any(has_last),
            fields,
        }
    }

    fn is_header(&self, table: &Table<'_>, unnamed_first: bool) -> Result<bool, DataError> {
        let First { fields, texts, numbers, empty, .. } = self;
        if *numbers == 0 {
            // A word for a missing entry is no name, nor is one word all over: that is a line of data.
            let repeats = fields.len() > 1 && fields.iter().all(|field| Some(field) == fields.first());
            return Ok(*texts > 0 && (*empty <= 1 || texts > empty) && texts + empty == fields.len() && !repeats);
        }
        if *texts > 0 {
            return self.mixed(table);
        }
        // Numbers alone, which may yet be the names that a program made up.
        let after_first = || fields.iter().skip(1).map(String::as_str);
        if unnamed_first && counts(after_first()).is_some() {
            return match distinct(table.grid.lines(1).filter_map(|line| line.get(0))) {
                true if table.grid.len() > 1 => Ok(true),
                _ => Err(self.doubt(table, "the first line counts columns, and the first column does not name rows")),
            };
        }
        let first_column = || table.grid.lines(1).filter_map(|line| line.get(0));
        if unnamed_first && after_first().all(|field| whole(field).is_some()) && counts(first_column()).is_some() {
            return Err(self.doubt(table, "the first line and column may be names"));
        }
        let first = || fields.iter().map(String::as_str);
        let from = counts(first());
        let alone = table.grid.len() > 1 && !table.grid.lines(1).flat_map(|line| line.fields()).any(is_whole);
        let may_be_names = from.is_some() || (fields.len() > 1 && are_names(first()));
        if (may_be_names && alone) || (from == Some(0) && fields.len() > 2) {
            return Err(self.doubt(table, "the first line holds whole numbers that may name columns"));
        }
        Ok(false)
    }

    /// A line of numbers and texts: names and numbers, or numbers and an unknown word for what is missing.
    fn mixed(&self, table: &Table<'_>) -> Result<bool, DataError> {
        let text = self.fields.iter().find(|field| table.numbers.is_text(field)).map_or("", String::as_str);
        let named_rows = self.texts == 1 && self.fields.first().is_some_and(|field| field == text);
        let all_text = table.grid.lines(0).all(|line| line.get(0).is_some_and(|field| table.numbers.is_text(field)));
        if named_rows && all_text && counts(self.fields.iter().skip(1).map(String::as_str)).is_none() {
            return Ok(false);
        }
        let text: String = text.chars().take(40).collect();
        Err(table.doubtful(
            format!("the first line holds numbers and {text:?}"),
            format!(
                "`header` = true if it names columns, `header` = false if it is data, `missing` = [{text:?}] if that \
                 stands for a missing entry"
            ),
        ))
    }

    fn doubt(&self, table: &Table<'_>, what: &str) -> DataError {
        table.doubtful(what, "`header` = true or false, and `index` = true or false for the first column")
    }
}

/// Whether fields are there and all different.
pub(super) fn distinct<'a>(fields: impl Iterator<Item = &'a str>) -> bool {
    let mut seen = std::collections::HashSet::new();
    fields.into_iter().all(|field| !field.is_empty() && seen.insert(field))
}
