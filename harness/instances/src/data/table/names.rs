//! Names by which columns of ratings are known.

/// What a column of listed entries holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Row,
    Column,
    Value,
}

const ROWS: [&str; 10] =
    ["row", "user", "userid", "users", "uid", "reviewer", "reviewerid", "customer", "customerid", "rater"];
const COLUMNS: [&str; 14] = [
    "column",
    "col",
    "item",
    "itemid",
    "items",
    "iid",
    "movie",
    "movieid",
    "product",
    "productid",
    "asin",
    "book",
    "bookid",
    "isbn",
];
const VALUES: [&str; 6] = ["value", "rating", "ratings", "score", "stars", "overall"];

/// What a column of that name holds, as far as it is known.
pub(super) fn role(name: &str) -> Option<Role> {
    let name = plain(name);
    let among = |names: &[&str]| names.contains(&name.as_str());
    match () {
        () if among(&ROWS) => Some(Role::Row),
        () if among(&COLUMNS) => Some(Role::Column),
        () if among(&VALUES) => Some(Role::Value),
        () => None,
    }
}

/// Whether a column of that name counts rows or columns from 0, where others have labels.
pub(super) fn is_index(name: &str) -> bool {
    ["row", "column", "col"].contains(&plain(name).as_str())
}

/// A name without what spelling varies: `user_id`, `User ID` and `userId` are one.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a file has the name of the MovieLens 100K ratings, or of a part of them.
pub(crate) fn is_movielens(file: &str) -> bool {
    let split =
        |base: &str| base.len() == 2 && base.starts_with('u') && base.ends_with(['1', '2', '3', '4', '5', 'a', 'b']);
    file == "u.data" || file.strip_suffix(".base").or(file.strip_suffix(".test")).is_some_and(split)
}

/// The columns of the ratings of MovieLens, which have no header.
pub(super) const MOVIELENS: [&str; 4] = ["user", "item", "rating", "timestamp"];
