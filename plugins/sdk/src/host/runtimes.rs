//! Run-time systems that keep books on the stack they are called on, as far as they can be told from outside.

use std::collections::BTreeSet;
use std::ffi::{CStr, OsStr, c_void};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use libloading::os::unix;

/// Where the system lists what is in the memory of a process.
const MAPS: &str = "/proc/self/maps";

/// What each of them exports.
const SYMBOLS: [(&str, &[u8]); 5] = [
    ("CPython", b"Py_IsInitialized\0"),
    ("Julia", b"jl_init\0"),
    ("Julia", b"jl_is_initialized\0"),
    ("a Java virtual machine", b"JNI_CreateJavaVM\0"),
    ("a Java virtual machine", b"JNI_GetCreatedJavaVMs\0"),
];

/// What begins the note that the linker of Go leaves in every file. In two pieces, so that no file has it from here.
const GO: [&[u8]; 2] = [b"\xff Go build", b"inf:"];

/// A run-time system that minds its stack, and the file that it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runtime {
    /// Such as `CPython`.
    pub name: &'static str,
    /// Its library, or the plugin itself.
    pub file: PathBuf,
}

/// Files with code in the memory of this process; `None` where the system does not tell.
pub fn loaded_files() -> Option<BTreeSet<PathBuf>> {
    let maps = std::fs::read(MAPS).ok()?;
    let files = maps.split(|&byte| byte == b'\n').filter_map(|line| {
        let executable = line.split(|&byte| byte == b' ').nth(1).is_some_and(|rights| rights.get(2) == Some(&b'x'));
        let start = line.iter().position(|&byte| byte == b'/').filter(|_| executable)?;
        Some(PathBuf::from(OsStr::from_bytes(&line[start..])))
    });
    Some(files.collect())
}

/// Run-time systems in files that have been loaded since.
pub fn runtimes_since(earlier: &BTreeSet<PathBuf>) -> Vec<Runtime> {
    let mut found: Vec<Runtime> = Vec::new();
    let now = loaded_files().unwrap_or_default();
    for file in now.difference(earlier) {
        for runtime in exported(file).into_iter().chain(go(file)) {
            if !found.contains(&runtime) {
                found.push(runtime);
            }
        }
    }
    found
}

/// Those whose symbols are in the file, or in one that it was linked with.
fn exported(file: &Path) -> Vec<Runtime> {
    // SAFETY: it is loaded already, so nothing of it runs.
    let Ok(library) = (unsafe { unix::Library::open(Some(file), libc::RTLD_LAZY | libc::RTLD_NOLOAD) }) else {
        return Vec::new();
    };
    let found = SYMBOLS.iter().filter_map(|(name, symbol)| {
        // SAFETY: only the address is looked at.
        let address = unsafe { library.get::<*const c_void>(*symbol) }.ok()?.as_raw_ptr();
        Some(Runtime { name, file: home(address).unwrap_or_else(|| file.to_owned()) })
    });
    found.collect()
}

/// The file that an address belongs to.
fn home(address: *const c_void) -> Option<PathBuf> {
    let mut info = MaybeUninit::<libc::Dl_info>::uninit();
    // SAFETY: fills in plain data, where it returns something else than 0; the name is a text that stays.
    let name = unsafe {
        if libc::dladdr(address, info.as_mut_ptr()) == 0 {
            return None;
        }
        CStr::from_ptr(info.assume_init().dli_fname)
    };
    Path::new(OsStr::from_bytes(name.to_bytes())).canonicalize().ok()
}

/// Go exports nothing of its own.
fn go(file: &Path) -> Option<Runtime> {
    let content = std::fs::read(file).ok()?;
    let sign = GO.concat();
    let found = content.windows(sign.len()).any(|window| window == sign);
    found.then(|| Runtime { name: "Go", file: file.to_owned() })
}
