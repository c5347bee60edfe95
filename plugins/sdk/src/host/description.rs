use crate::schema::Hyperparameter;

/// What a plugin says about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// Name in suites and records.
    pub name: String,
    /// Version of the plugin crate.
    pub version: String,
    /// One paragraph.
    pub description: String,
    /// Version of the plugin interface that it was built against.
    pub interface_version: String,
    /// What can be set.
    pub hyperparameters: Vec<Hyperparameter>,
}
