//! What [`export_optimizer!`](crate::export_optimizer) expands to. Not for direct use.

use std::rc::Rc;

use abi_stable::library::{CheckTypeLayout, ROOT_MODULE_LOADER_NAME, RootModuleResult};
use abi_stable::prefix_type::WithMetadata;
use abi_stable::staticref;
use abi_stable::std_types::{RResult, RSlice, RSliceMut, RVec};

use crate::hyperparameters::Values;
use crate::interface::error::Fallible;
use crate::interface::instance::{InstanceHandle, InstanceTable, InstanceTableRef, NamedScalar};
use crate::interface::module::{FactorBlock, PluginDescription, PluginModule, PluginModuleRef};
use crate::interface::oracle::OracleHandle;
use crate::interface::step;
use crate::interface::value::NamedValue;
use crate::panic::guard;
use crate::pool::Shared;
use crate::{Block, Error, Hyperparameters, Optimizer, Oracle, Parameters, Result, Status};

pub use abi_stable::library::LibHeader;

/// Makes the library loadable: `export_optimizer!("gd", Gd);`, once per crate.
///
/// The name is what suites and reports call the optimizer: 1 to 40 lower-case letters, digits and single dashes, a letter first
/// ([`name`](crate::name)). The version is that of the crate.
///
/// `export_optimizer!("mine", Mine, own_thread);` asks for an operating-system thread for every run, on which the optimizer is made,
/// called and dropped: for code that minds its stack, such as an interpreter inside of the plugin.
#[macro_export]
macro_rules! export_optimizer {
    ($name:literal, $optimizer:ty $(,)?) => {
        $crate::export_optimizer!(@export $name, $optimizer, false);
    };
    ($name:literal, $optimizer:ty, own_thread $(,)?) => {
        $crate::export_optimizer!(@export $name, $optimizer, true);
    };
    (@export $name:literal, $optimizer:ty, $own_thread:literal) => {
        // Exported macros share one namespace in a crate, so that a second optimizer is a compile error which says this name.
        #[doc(hidden)]
        #[macro_export]
        macro_rules! export_optimizer_is_for_one_optimizer_per_crate {
            () => {};
        }

        const _: () = {
            $crate::export::assert_name($name);

            // A name that no plugin gives to a type of its own.
            struct __FlatbenchExport;

            impl $crate::export::Plugin for __FlatbenchExport {
                type Optimizer = $optimizer;
                const NAME: &'static str = $name;
                const VERSION: &'static str = env!("CARGO_PKG_VERSION");
                const OWN_THREAD: bool = $own_thread;
            }

            // The name is fixed by abi_stable; `export` asserts that it is still this one.
            #[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
            static HEADER: $crate::export::LibHeader = $crate::export::header::<__FlatbenchExport>();
        };
    };
}

const _: () = assert!(same(ROOT_MODULE_LOADER_NAME, "_1as_0lib_1header_0root_bmodule_bloader"));

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// Refuses names that no host takes, at compile time.
pub const fn assert_name(name: &str) {
    if crate::name::mistake(name).is_some() {
        panic!("{}", crate::name::REFUSAL);
    }
}

/// What the macro says about an optimizer.
pub trait Plugin: 'static {
    /// The optimizer.
    type Optimizer: Optimizer;
    /// Its name.
    const NAME: &'static str;
    /// Version of its crate.
    const VERSION: &'static str;
    /// Whether every run has a thread of its own.
    const OWN_THREAD: bool;
}

/// The static that the library exports.
pub const fn header<P: Plugin>() -> LibHeader {
    // SAFETY: `load` returns a `PluginModuleRef` with its type erased.
    unsafe { LibHeader::from_constructor::<PluginModuleRef>(load::<P>, CheckTypeLayout::Yes) }
}

extern "C" fn load<P: Plugin>() -> RootModuleResult {
    let module = PluginModuleRef(Tables::<P>::MODULE.as_prefix());
    // SAFETY: erasing the type is what the loader expects; it checks the layout before it casts back.
    RResult::ROk(unsafe { module.0.cast() })
}

struct Tables<P>(P);

impl<P: Plugin> Tables<P> {
    staticref! {
        const MODULE: WithMetadata<PluginModule> =
            WithMetadata::new(PluginModule { describe: describe::<P>, create: create::<P>, own_thread: own_thread::<P> });
        const INSTANCE: WithMetadata<InstanceTable> = WithMetadata::new(InstanceTable {
            initialize: initialize::<P>,
            step: step::<P>,
            report: report::<P>,
            evaluation_point: evaluation_point::<P>,
            destroy: destroy::<P>,
        });
    }
}

/// An optimizer with what belongs to its run.
pub(crate) struct Instance<O> {
    optimizer: O,
    oracle: Oracle,
    shared: Rc<Shared>,
}

impl<O> Instance<O> {
    /// For a run on the blocks of `shared`, with a seed for its random stream.
    pub(crate) fn new(optimizer: O, shared: Rc<Shared>, seed: u64) -> Self {
        Instance { optimizer, oracle: Oracle::new(Rc::clone(&shared), seed), shared }
    }

    /// Calls the optimizer with w in place and the oracle connected.
    pub(crate) fn call<T>(
        &mut self,
        w: RSliceMut<'_, f64>,
        handle: Option<OracleHandle>,
        body: impl FnOnce(&mut O, &mut Parameters, &mut Oracle) -> Result<T>,
    ) -> Result<T> {
        let w = w.into_mut_slice();
        if w.len() != self.shared.layout.dimension() {
            let dimension = self.shared.layout.dimension();
            return Err(Error::Other(format!("w has {} entries, the problem has {dimension}", w.len())));
        }
        let mut parameters = Parameters::host(&mut *w, Rc::clone(&self.shared));
        let result = self.connected(handle, |optimizer, oracle| body(optimizer, &mut parameters, oracle));
        // The author may have put another vector in the place of the host's; its entries are what counts.
        if let Some(replacement) = parameters.into_owned_buffer() {
            if replacement.len() != w.len() {
                return Err(Error::Other(format!("w was replaced by a vector of {} entries", replacement.len())));
            }
            w.copy_from_slice(&replacement);
        }
        result
    }

    /// Calls the optimizer with the oracle connected.
    pub(crate) fn connected<T>(
        &mut self,
        handle: Option<OracleHandle>,
        body: impl FnOnce(&mut O, &mut Oracle) -> T,
    ) -> T {
        /// Disconnects when dropped, so that a panic does not leave the handle behind.
        struct Connection<'a>(&'a mut Oracle);
        impl Drop for Connection<'_> {
            fn drop(&mut self) {
                self.0.disconnect();
            }
        }
        let connection = Connection(&mut self.oracle);
        if let Some(handle) = handle {
            connection.0.connect(handle);
        }
        body(&mut self.optimizer, &mut *connection.0)
    }
}

/// The instance behind a state pointer.
///
/// # Safety
/// `state` comes from [`create`] of the same `P`, is not destroyed, and no other call on it is under way.
unsafe fn instance<'a, P: Plugin>(state: *mut ()) -> &'a mut Instance<P::Optimizer> {
    // SAFETY: by the contract above.
    unsafe { &mut *state.cast::<Instance<P::Optimizer>>() }
}

extern "C" fn describe<P: Plugin>() -> Fallible<PluginDescription> {
    guard(|| {
        Ok(PluginDescription {
            name: P::NAME.into(),
            version: P::VERSION.into(),
            description: P::Optimizer::DESCRIPTION.into(),
            hyperparameters: P::Optimizer::schema().into_iter().map(Into::into).collect(),
        })
    })
}

extern "C" fn own_thread<P: Plugin>() -> bool {
    P::OWN_THREAD
}

extern "C" fn create<P: Plugin>(
    values: RSlice<'_, NamedValue>,
    blocks: RSlice<'_, FactorBlock>,
    seed: u64,
) -> Fallible<InstanceHandle> {
    guard(|| {
        let values = values.iter().map(|named| (named.name.to_string(), named.value.clone().into())).collect();
        let optimizer = P::Optimizer::from_values(&mut Values::new(values))?;
        let blocks = blocks.iter().map(|block| Block::new(block.name.as_str(), block.rows, block.cols)).collect();
        let instance = Instance::new(optimizer, Shared::new(blocks), seed);
        let state = Box::into_raw(Box::new(instance)).cast();
        Ok(InstanceHandle { state, table: InstanceTableRef(Tables::<P>::INSTANCE.as_prefix()) })
    })
}

unsafe extern "C" fn initialize<P: Plugin>(
    state: *mut (),
    w: RSliceMut<'_, f64>,
    oracle: OracleHandle,
) -> Fallible<()> {
    guard(|| {
        // SAFETY: the host passes the state that `create` gave it.
        let instance = unsafe { instance::<P>(state) };
        instance.call(w, Some(oracle), |optimizer, w, oracle| optimizer.initialize(w, oracle))
    })
}

unsafe extern "C" fn step<P: Plugin>(state: *mut (), w: RSliceMut<'_, f64>, oracle: OracleHandle) -> Fallible<u32> {
    guard(|| {
        // SAFETY: as in `initialize`.
        let instance = unsafe { instance::<P>(state) };
        let status = instance.call(w, Some(oracle), |optimizer, w, oracle| optimizer.step(w, oracle))?;
        Ok(match status {
            Status::Continue => step::CONTINUE,
            Status::Converged => step::CONVERGED,
        })
    })
}

unsafe extern "C" fn report<P: Plugin>(state: *mut (), oracle: OracleHandle) -> Fallible<RVec<NamedScalar>> {
    guard(|| {
        // SAFETY: as in `initialize`.
        let instance = unsafe { instance::<P>(state) };
        Ok(instance.connected(Some(oracle), |optimizer, oracle| {
            let own = optimizer.report(oracle);
            let schedules =
                optimizer.schedules().into_iter().map(|(name, schedule)| (name.to_owned(), schedule.at(oracle)));
            let mut all: Vec<_> = schedules.filter(|(name, _)| own.iter().all(|(taken, _)| taken != name)).collect();
            all.extend(own);
            all.into_iter().map(|(name, value)| NamedScalar { name: name.into(), value }).collect()
        }))
    })
}

unsafe extern "C" fn evaluation_point<P: Plugin>(state: *mut (), point: RSliceMut<'_, f64>) -> Fallible<()> {
    guard(|| {
        // SAFETY: as in `initialize`.
        let instance = unsafe { instance::<P>(state) };
        instance.call(point, None, |optimizer, point, _| {
            optimizer.evaluation_point(point);
            Ok(())
        })
    })
}

unsafe extern "C" fn destroy<P: Plugin>(state: *mut ()) {
    // A panic while dropping has no one to report to and must not cross; the run is over.
    let _ = guard(|| {
        // SAFETY: `create` made it with `Box::into_raw`; the host calls this once.
        drop(unsafe { Box::from_raw(state.cast::<Instance<P::Optimizer>>()) });
        Ok(())
    });
}
