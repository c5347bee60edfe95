use abi_stable::StableAbi;
use abi_stable::std_types::{RSliceMut, RString, RVec};

use super::error::Fallible;
use super::oracle::OracleHandle;

/// What a made optimizer can be asked. `state` is the one of its [`InstanceHandle`]; calls never overlap and come on the
/// thread that created it.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = InstanceTableRef, prefix_fields = InstanceTableFields)))]
pub struct InstanceTable {
    /// Once, before the first step; may change w.
    pub initialize: unsafe extern "C" fn(state: *mut (), w: RSliceMut<'_, f64>, oracle: OracleHandle) -> Fallible<()>,
    /// One step on w, in place. Returns a number of [`super::step`].
    pub step: unsafe extern "C" fn(state: *mut (), w: RSliceMut<'_, f64>, oracle: OracleHandle) -> Fallible<u32>,
    /// Named scalars. The oracle may be read, not called.
    pub report: unsafe extern "C" fn(state: *mut (), oracle: OracleHandle) -> Fallible<RVec<NamedScalar>>,
    /// `point` comes as a copy of w and leaves as the point to be judged.
    pub evaluation_point: unsafe extern "C" fn(state: *mut (), point: RSliceMut<'_, f64>) -> Fallible<()>,
    /// Ends the instance; no call may follow.
    #[sabi(last_prefix_field)]
    pub destroy: unsafe extern "C" fn(state: *mut ()),
}

/// A made optimizer. Whoever holds it calls `destroy` once.
#[repr(C)]
#[derive(StableAbi)]
pub struct InstanceHandle {
    /// The plugin's own.
    pub state: *mut (),
    /// Its functions.
    pub table: InstanceTableRef,
}

/// A scalar with a name.
#[repr(C)]
#[derive(StableAbi)]
pub struct NamedScalar {
    /// Such as `step_size`.
    pub name: RString,
    /// Its value.
    pub value: f64,
}
