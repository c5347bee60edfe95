/// How a file is to be read where it does not say so itself: what a user may settle, nothing given by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// Whether the first line names the columns.
    pub header: Option<bool>,
    /// Whether the first column names the rows.
    pub index: Option<bool>,
    /// What separates the fields of a line; a space stands for any run of blanks.
    pub delimiter: Option<String>,
    /// Decimal sign, `.` or `,`.
    pub decimal: Option<char>,
    /// Texts and numbers that stand for a missing entry, beside the common ones.
    pub missing: Vec<String>,
    /// Which columns hold row, column and value: names of the header, or numbers from 1. `all`: every column is one of the
    /// matrix.
    pub columns: Vec<String>,
    /// What an entry is that is given more than once.
    pub duplicates: Duplicates,
    /// Name of the array in an archive of several.
    pub array: Option<String>,
}

/// What becomes of an entry that is given more than once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// The file is refused.
    #[default]
    Refused,
    /// The last one counts.
    Last,
    /// Their mean counts.
    Mean,
}

impl Keys {
    /// Whether a number is one of those that stand for a missing entry.
    pub(super) fn marks_missing(&self, value: f64) -> bool {
        self.missing.iter().any(|token| token.parse() == Ok(value))
    }

    /// Names of the keys that are given and that only some formats know.
    pub(super) fn given(&self) -> impl Iterator<Item = &'static str> {
        let given = [
            ("header", self.header.is_some()),
            ("index", self.index.is_some()),
            ("delimiter", self.delimiter.is_some()),
            ("decimal", self.decimal.is_some()),
            ("columns", !self.columns.is_empty()),
            ("duplicates", self.duplicates != Duplicates::Refused),
            ("array", self.array.is_some()),
        ];
        given.into_iter().filter(|(_, given)| *given).map(|(name, _)| name)
    }
}
