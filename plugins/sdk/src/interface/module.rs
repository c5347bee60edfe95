use abi_stable::StableAbi;
use abi_stable::library::RootModule;
use abi_stable::sabi_types::VersionStrings;
use abi_stable::std_types::{RSlice, RString, RVec};

use super::INTERFACE_VERSION;
use super::error::Fallible;
use super::instance::InstanceHandle;
use super::value::{HyperparameterData, NamedValue};

/// What a plugin library exports.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = PluginModuleRef, prefix_fields = PluginModuleFields)))]
pub struct PluginModule {
    /// Who it is and what can be set.
    pub describe: extern "C" fn() -> Fallible<PluginDescription>,
    /// Makes an optimizer from one value per hyper-parameter, for a problem of the given factors, with a seed for its
    /// random stream.
    #[sabi(last_prefix_field)]
    pub create: extern "C" fn(
        values: RSlice<'_, NamedValue>,
        blocks: RSlice<'_, FactorBlock>,
        seed: u64,
    ) -> Fallible<InstanceHandle>,
    /// Whether every run needs an operating-system thread of its own. Since 1.1; without it none does.
    pub own_thread: extern "C" fn() -> bool,
}

impl RootModule for PluginModuleRef {
    abi_stable::declare_root_module_statics! {PluginModuleRef}

    const BASE_NAME: &'static str = "flatbench_plugin";
    const NAME: &'static str = "flatbench_plugin";
    const VERSION_STRINGS: VersionStrings = VersionStrings::new(INTERFACE_VERSION);
}

/// A plugin's card.
#[repr(C)]
#[derive(StableAbi)]
pub struct PluginDescription {
    /// Name in suites and records.
    pub name: RString,
    /// Version of the plugin crate.
    pub version: RString,
    /// One paragraph.
    pub description: RString,
    /// What can be set.
    pub hyperparameters: RVec<HyperparameterData>,
}

/// A factor of the parameter vector.
#[repr(C)]
#[derive(StableAbi)]
pub struct FactorBlock {
    /// Name, such as `L`.
    pub name: RString,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub cols: usize,
}
