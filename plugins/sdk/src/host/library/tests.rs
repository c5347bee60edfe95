//! Plugins of other interface versions, as far as the root module goes.

use abi_stable::library::{CheckTypeLayout, RootModuleResult};
use abi_stable::prefix_type::{PrefixRefTrait, WithMetadata};
use abi_stable::std_types::RResult;

use super::*;
use crate::interface::module::PluginModule;

/// A root module named like ours, with a version and fields of its own.
macro_rules! interface {
    ($name:ident, $version:literal, { $last:ident: $last_type:ty, $($added:ident: $added_type:ty)? }) => {
        mod $name {
            use abi_stable::StableAbi;
            use abi_stable::library::RootModule;
            use abi_stable::sabi_types::VersionStrings;

            #[repr(C)]
            #[derive(StableAbi)]
            #[sabi(kind(Prefix(prefix_ref = ModuleRef, prefix_fields = ModuleFields)))]
            pub struct Module {
                #[sabi(last_prefix_field)]
                pub $last: $last_type,
                $(pub $added: $added_type,)?
            }

            impl RootModule for ModuleRef {
                abi_stable::declare_root_module_statics! {ModuleRef}
                const BASE_NAME: &'static str = "test";
                const NAME: &'static str = "test";
                const VERSION_STRINGS: VersionStrings = VersionStrings::new($version);
            }
        }
    };
}

interface!(old, "1.0.0", { answer: u32, });
interface!(new, "1.1.0", { answer: u32, added: u64 });
interface!(odd, "1.0.0", { answer: u64, });
interface!(next, "2.0.0", { answer: u32, });

/// The real root module as it was in version 1.0.
mod first {
    use super::*;
    use abi_stable::sabi_types::VersionStrings;

    use crate::interface::error::Fallible;
    use crate::interface::instance::InstanceHandle;
    use crate::interface::module::PluginDescription;

    #[repr(C)]
    #[derive(StableAbi)]
    #[sabi(kind(Prefix(prefix_ref = PluginModuleRef, prefix_fields = PluginModuleFields)))]
    pub struct PluginModule {
        pub describe: extern "C" fn() -> Fallible<PluginDescription>,
        #[sabi(last_prefix_field)]
        pub create: extern "C" fn(
            values: RSlice<'_, NamedValue>,
            blocks: RSlice<'_, FactorBlock>,
            seed: u64,
        ) -> Fallible<InstanceHandle>,
    }

    impl RootModule for PluginModuleRef {
        abi_stable::declare_root_module_statics! {PluginModuleRef}
        const BASE_NAME: &'static str = "flatbench_plugin";
        const NAME: &'static str = "flatbench_plugin";
        const VERSION_STRINGS: VersionStrings = VersionStrings::new("1.0.0");
    }

    pub extern "C" fn describe() -> Fallible<PluginDescription> {
        unreachable!("nobody asks")
    }

    pub extern "C" fn create(
        _: RSlice<'_, NamedValue>,
        _: RSlice<'_, FactorBlock>,
        _: u64,
    ) -> Fallible<InstanceHandle> {
        unreachable!("nobody asks")
    }

    pub static MODULE: WithMetadata<PluginModule> = WithMetadata::new(PluginModule { describe, create });
}

extern "C" fn load_first() -> RootModuleResult {
    // SAFETY: only the type is erased.
    RResult::ROk(unsafe { first::MODULE.static_as_prefix().cast() })
}

#[test]
fn a_plugin_of_the_first_version_has_no_flag() {
    let header = header::<first::PluginModuleRef>(load_first);
    let module = module::<PluginModuleRef>(Path::new("first.so"), header).expect("a minor version is no obstacle");
    assert!(module.own_thread().is_none());
}

static NOW: WithMetadata<PluginModule> =
    WithMetadata::new(PluginModule { describe: first::describe, create: first::create, own_thread });

extern "C" fn own_thread() -> bool {
    true
}

extern "C" fn load_now() -> RootModuleResult {
    // SAFETY: only the type is erased.
    RResult::ROk(unsafe { NOW.static_as_prefix().cast() })
}

#[test]
fn the_flag_does_not_keep_a_host_of_the_first_version_from_loading() {
    let of =
        |header| module::<first::PluginModuleRef>(Path::new("a.so"), header).expect("a minor version is no obstacle");
    let now = header::<PluginModuleRef>(load_now);
    let (old, new) = (of(header::<first::PluginModuleRef>(load_first)), of(now));
    assert!(std::ptr::fn_addr_eq(new.describe(), old.describe()));
    assert!(std::ptr::fn_addr_eq(new.create(), old.create()));
    let now = module::<PluginModuleRef>(Path::new("now.so"), now).expect("its own version");
    assert!(now.own_thread().is_some_and(|own_thread| own_thread()));
}

static OLD: WithMetadata<old::Module> = WithMetadata::new(old::Module { answer: 41 });
static NEW: WithMetadata<new::Module> = WithMetadata::new(new::Module { answer: 42, added: 7 });

extern "C" fn load_old() -> RootModuleResult {
    // SAFETY: only the type is erased.
    RResult::ROk(unsafe { OLD.static_as_prefix().cast() })
}

extern "C" fn load_new() -> RootModuleResult {
    // SAFETY: only the type is erased.
    RResult::ROk(unsafe { NEW.static_as_prefix().cast() })
}

fn header<M: RootModule + PrefixRefTrait>(load: extern "C" fn() -> RootModuleResult) -> &'static LibHeader {
    // SAFETY: the loaders above return the module of the layout they are used with, or are never called.
    Box::leak(Box::new(unsafe { LibHeader::from_constructor::<M>(load, CheckTypeLayout::Yes) }))
}

#[test]
fn an_older_plugin_loads_and_lacks_what_was_added() {
    let module = module::<new::ModuleRef>(Path::new("old.so"), header::<old::ModuleRef>(load_old));
    let module = module.expect("a minor version is no obstacle");
    assert_eq!((module.answer(), module.added()), (41, None));
}

#[test]
fn a_newer_plugin_loads() {
    let module = module::<old::ModuleRef>(Path::new("new.so"), header::<new::ModuleRef>(load_new));
    assert_eq!(module.expect("a minor version is no obstacle").answer(), 42);
}

#[test]
fn a_plugin_of_another_layout_is_refused_in_one_line() {
    let refused = module::<odd::ModuleRef>(Path::new("odd.so"), header::<old::ModuleRef>(load_old));
    let error = refused.map(|module| module.answer()).expect_err("a field has another type");
    assert!(matches!(error, LoadError::Incompatible { .. }));
    assert!(error.to_string().lines().count() == 1 && error.full_text().lines().count() > 10);
}

#[test]
fn a_plugin_of_another_major_version_is_refused() {
    let refused = module::<next::ModuleRef>(Path::new("past.so"), header::<old::ModuleRef>(load_old));
    let error = refused.map(|module| module.answer()).expect_err("the major version differs").to_string();
    assert!(error.starts_with("past.so: built against plugin interface 1.0.0, this flatbench has 2.0.0 ("), "{error}");
}
