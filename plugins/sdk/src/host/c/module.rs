use std::ffi::{CStr, CString, c_char};
use std::mem::{MaybeUninit, offset_of};
use std::ptr;

use super::CInstance;
use super::reading::{boolean, hyperparameter, text, value};
use crate::Block;
use crate::c_interface::{
    Entry, FLATBENCH_NOT_SUPPORTED, FLATBENCH_OK, FlatbenchBlock, FlatbenchOptimizer, FlatbenchValue,
};
use crate::host::{Description, PluginError, control};
use crate::schema::{Hyperparameter, Value};

/// Room for a plugin's reason not to make an optimizer, in bytes.
const MESSAGE_SIZE: usize = 1024;

/// More hyper-parameters than this are taken for a number that is not there.
pub(super) const MAX_HYPERPARAMETERS: usize = 1000;

/// A plugin's functions, as far as they are known. The library that they belong to is never unloaded.
#[derive(Clone, Copy)]
pub(in crate::host) struct CModule(FlatbenchOptimizer);

impl CModule {
    /// Asks the library for its optimizer and reads the card.
    ///
    /// # Errors
    /// What is wrong with it, in one line.
    ///
    /// # Safety
    /// `entry` was found in a library under the name of this interface, and the library stays loaded.
    pub(in crate::host) unsafe fn new(entry: Entry) -> Result<(Self, Description), String> {
        // SAFETY: by the contract above, the function is of this type, and what it returns is valid for ever.
        let table = control::lend(|| unsafe { entry() });
        if table.is_null() {
            return Err("flatbench_optimizer_v1 returns NULL".to_owned());
        }
        if !table.is_aligned() {
            return Err("flatbench_optimizer_v1 returns a pointer that no FlatbenchOptimizer can have".to_owned());
        }
        // SAFETY: every version of the struct begins with its size.
        let size = unsafe { *table.cast::<usize>() };
        // The size of the struct in its first version.
        let least = offset_of!(FlatbenchOptimizer, destroy) + size_of::<usize>();
        if size < least {
            return Err(format!("its FlatbenchOptimizer says that it has {size} bytes instead of {least} or more"));
        }
        // SAFETY: it says how large it is.
        let table = unsafe { copy(table, size) }?;
        if table.create.is_none() || table.step.is_none() {
            return Err("it lacks `create` or `step`".to_owned());
        }
        // SAFETY: texts and lists are as the interface says, or null.
        let description = unsafe { description(&table) }?;
        Ok((CModule(table), description))
    }

    /// Whether its runs need threads of their own.
    pub(in crate::host) fn own_thread(self) -> bool {
        self.0.own_thread
    }

    /// Makes an optimizer; the values are those of `schema`, checked.
    pub(in crate::host) fn create(
        self,
        schema: &[Hyperparameter],
        values: &[(String, Value)],
        blocks: &[Block],
        seed: u64,
    ) -> Result<CInstance, PluginError> {
        let given = |name: &str| values.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        let pairs: Vec<_> = schema.iter().map(|entry| (entry, given(&entry.name).unwrap_or(&entry.default))).collect();
        let texts: Vec<CString> = pairs
            .iter()
            .map(|(_, value)| if let Value::Text(word) = value { c_text(word) } else { CString::default() })
            .collect();
        let data: Vec<FlatbenchValue> =
            pairs.iter().zip(&texts).map(|((entry, given), text)| value(&entry.kind, given, text)).collect();
        let schedules = pairs.iter().filter_map(|(entry, value)| match value {
            Value::Schedule(schedule) => Some((entry.name.clone(), *schedule)),
            Value::Real(x) if entry.is_schedule() => Some((entry.name.clone(), crate::Schedule::constant(*x))),
            Value::Integer(n) if entry.is_schedule() => {
                Some((entry.name.clone(), crate::Schedule::constant(*n as f64)))
            }
            _ => None,
        });
        let (names, blocks_data) = block_data(blocks);
        let mut state = ptr::null_mut();
        let mut message = [MaybeUninit::new(0u8); MESSAGE_SIZE];
        let create = self.0.create.expect("looked for when the library was opened");
        // SAFETY: all pointers are borrowed for the call and lead to what the interface says.
        let status = control::lend(|| unsafe {
            create(
                data.as_ptr(),
                blocks_data.as_ptr(),
                blocks_data.len(),
                &mut state,
                message.as_mut_ptr().cast::<c_char>(),
                MESSAGE_SIZE - 1,
            )
        });
        if status == FLATBENCH_OK {
            return Ok(CInstance::new(self.0, state, schedules.collect(), blocks, (names, blocks_data), seed));
        }
        // SAFETY: initialised with zeros, of which the last one was not the plugin's to write.
        let message = unsafe { CStr::from_ptr(message.as_ptr().cast()) }.to_string_lossy().into_owned();
        let message = if message.is_empty() { "the plugin gives no reason".to_owned() } else { message };
        Err(if status == FLATBENCH_NOT_SUPPORTED {
            PluginError::NotSupported(message)
        } else {
            PluginError::Failed(message)
        })
    }
}

impl Hyperparameter {
    fn is_schedule(&self) -> bool {
        matches!(self.kind, crate::schema::Kind::Schedule(_))
    }
}

/// The struct of a library of any minor version: as much as both sides know, and zeros for what an older one lacks.
///
/// # Safety
/// `table` leads to `size` bytes that begin like a [`FlatbenchOptimizer`].
unsafe fn copy(table: *const FlatbenchOptimizer, size: usize) -> Result<FlatbenchOptimizer, String> {
    let mut known = MaybeUninit::<FlatbenchOptimizer>::zeroed();
    // SAFETY: both have that many bytes; they do not overlap, since one is our own.
    unsafe { ptr::copy_nonoverlapping(table.cast::<u8>(), known.as_mut_ptr().cast(), size.min(size_of_val(&known))) };
    // SAFETY: all of it was written.
    unsafe { boolean(&raw const (*known.as_ptr()).own_thread, "own_thread", "flatbench_optimizer_v1") }?;
    // SAFETY: zeros and what the library says are values of all fields; the flag was just looked at.
    Ok(unsafe { known.assume_init() })
}

/// # Safety
/// The pointers in `table` are null or lead to what the interface says.
unsafe fn description(table: &FlatbenchOptimizer) -> Result<Description, String> {
    let (entries, count) = (table.hyperparameters, table.hyperparameter_count);
    if count > MAX_HYPERPARAMETERS {
        return Err(format!("it says that it has {count} hyper-parameters, more than {MAX_HYPERPARAMETERS}"));
    }
    if count > 0 && (entries.is_null() || !entries.is_aligned()) {
        return Err("its list of hyper-parameters is NULL or no such list".to_owned());
    }
    // SAFETY: by the contract above; also below.
    let (name, version, description) = unsafe {
        (
            text(table.name, "its name")?,
            text(table.version, "its version")?,
            text(table.description, "its description")?,
        )
    };
    // SAFETY: as above; the list has that many entries.
    let hyperparameters = (0..count).map(|index| unsafe { hyperparameter(entries.add(index)) });
    let hyperparameters = hyperparameters.collect::<Result<_, _>>()?;
    Ok(Description { name, version, description, interface_version: format!("C 1.{}", table.minor), hyperparameters })
}

/// The blocks with their names, which the blocks point to.
fn block_data(blocks: &[Block]) -> (Vec<CString>, Vec<FlatbenchBlock>) {
    let names: Vec<CString> = blocks.iter().map(|block| c_text(&block.name)).collect();
    let mut offset = 0;
    let data = blocks.iter().zip(&names).map(|(block, name)| {
        offset += block.len();
        FlatbenchBlock { name: name.as_ptr(), rows: block.rows, cols: block.cols, offset: offset - block.len() }
    });
    let data = data.collect();
    (names, data)
}

/// The text up to its first zero byte.
fn c_text(text: &str) -> CString {
    let end = text.find('\0').unwrap_or(text.len());
    CString::new(&text[..end]).expect("there is no zero byte in it")
}
