use std::collections::{BTreeMap, BTreeSet};
use std::mem::zeroed;

/// Where the system lists the descriptors of a process.
const LISTS: [&str; 2] = ["/proc/self/fd", "/dev/fd"];
/// Numbers that are tried where there is no list: a process that has used up its descriptors cannot open one.
const TRIED: i32 = 1 << 16;

/// Open descriptors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Descriptors {
    /// Number, and device and number of what it leads to.
    open: BTreeMap<i32, (u64, u64)>,
    /// Numbers that may be open or not.
    settled: BTreeSet<i32>,
}

impl Descriptors {
    pub(super) fn read() -> Self {
        let known = |number: i32| Some((number, identity(number)?));
        let listed = LISTS.iter().find_map(|list| std::fs::read_dir(list).ok()).map(|entries| {
            entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect::<Vec<i32>>()
        });
        // The list itself was open while it was read, and is not any more. Where there is none, memory may be short too.
        let open = match listed {
            Some(numbers) => numbers.into_iter().filter_map(known).collect(),
            None => (0..TRIED).filter_map(known).collect(),
        };
        Descriptors { open, settled: BTreeSet::new() }
    }

    /// Takes more than there were for granted.
    pub(super) fn settle(&mut self, now: &Descriptors) {
        self.settled.extend(now.open.keys().filter(|number| !self.open.contains_key(number)));
    }

    pub(super) fn compare(&self, earlier: &Descriptors, spare: usize, changes: &mut Vec<String>) {
        let lost: Vec<String> = earlier
            .open
            .iter()
            .filter(|(number, leads_to)| self.open.get(number) != Some(leads_to))
            .map(|(number, _)| number.to_string())
            .collect();
        if !lost.is_empty() {
            changes.push(format!("descriptors of the host ({}): closed, or lead elsewhere", lost.join(", ")));
        }
        let known = |number: &i32| earlier.open.contains_key(number) || earlier.settled.contains(number);
        match self.open.keys().filter(|number| !known(number)).count() {
            more if more <= spare => {}
            1 => changes.push("1 open descriptor more than there was".to_owned()),
            more => changes.push(format!("{more} open descriptors more than there were")),
        }
    }
}

fn identity(number: i32) -> Option<(u64, u64)> {
    // SAFETY: fills in plain data; a number that is not open is refused.
    let (status, data) = unsafe {
        let mut data: libc::stat = zeroed();
        (libc::fstat(number, &raw mut data), data)
    };
    #[allow(clippy::unnecessary_cast, clippy::allow_attributes, reason = "of other widths on some systems")]
    (status == 0).then_some((data.st_dev as u64, data.st_ino as u64))
}
