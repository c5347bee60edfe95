//! Control groups of Linux, version 1 and 2: limits of the group of this process and of all groups around it.

use std::path::{Path, PathBuf};

use super::Limit;

/// What version 1 says where there is no limit is nearly the largest number that there is.
const UNLIMITED: u64 = 1 << 62;

/// Limits, innermost group first.
#[derive(Debug, Default)]
pub(super) struct Limits {
    pub(super) memory: Vec<Limit<u64>>,
    pub(super) cores: Vec<Limit<usize>>,
}

/// Where the groups of one hierarchy are files.
struct Mount {
    /// The group that stands at `point`.
    root: PathBuf,
    point: PathBuf,
    /// Controllers of a hierarchy of version 1; `None` for version 2.
    controllers: Option<Vec<String>>,
}

impl Limits {
    /// Reads them from the files below `root`. What cannot be read limits nothing.
    pub(super) fn read(root: &Path) -> Self {
        let text = |file: &str| std::fs::read_to_string(root.join(file)).unwrap_or_default();
        let (mounts, groups) = (text("proc/self/mountinfo"), text("proc/self/cgroup"));
        let mut limits = Limits::default();
        for mount in mounts.lines().filter_map(Mount::parse) {
            let Some(group) = groups.lines().find_map(|line| mount.group(line)) else { continue };
            let inside = group.strip_prefix(&mount.root).unwrap_or(Path::new(""));
            let shown = mount.point.join(inside);
            for folder in shown.ancestors().take_while(|folder| folder.starts_with(&mount.point)) {
                limits.look(root, folder, &mount);
            }
        }
        limits
    }

    fn look(&mut self, root: &Path, folder: &Path, mount: &Mount) {
        let read = |name: &str| {
            let shown = folder.join(name);
            let text = std::fs::read_to_string(root.join(shown.strip_prefix("/").unwrap_or(&shown))).ok()?;
            Some((text.trim().to_owned(), Some(shown.display().to_string())))
        };
        let memory: &[&str] =
            if mount.is_second() { &["memory.max", "memory.high"] } else { &["memory.limit_in_bytes"] };
        for (text, by) in memory.iter().filter_map(|name| read(name)) {
            self.memory.extend(text.parse().ok().filter(|&bytes| bytes < UNLIMITED).map(|bytes: u64| (bytes, by)));
        }
        let quota = match mount.is_second() {
            true => read("cpu.max"),
            false => read("cpu.cfs_quota_us")
                .zip(read("cpu.cfs_period_us"))
                .map(|((quota, by), (period, _))| (format!("{quota} {period}"), by)),
        };
        self.cores.extend(quota.and_then(|(text, by)| cores(&text).map(|cores| (cores, by))));
    }
}

/// Whole cores of `QUOTA PERIOD`, times in any unit; `None` for no quota, `max` or negative.
fn cores(text: &str) -> Option<usize> {
    let mut words = text.split_whitespace();
    let (quota, period): (u64, u64) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some(usize::try_from(quota.checked_div(period)?).ok()?.max(1))
}

impl Mount {
    /// A line of `mountinfo`, if it is about control groups that can limit memory or processors.
    fn parse(line: &str) -> Option<Self> {
        let (place, system) = line.split_once(" - ")?;
        let mut place = place.split(' ').skip(3).map(unescaped);
        let (root, point) = (place.next()?, place.next()?);
        let mut system = system.split(' ');
        let (kind, options) = (system.next()?, system.nth(1)?);
        let controllers = match kind {
            "cgroup2" => None,
            "cgroup" => Some(options.split(',').map(str::to_owned).collect()),
            _ => return None,
        };
        Some(Mount { root: root.into(), point: point.into(), controllers })
    }

    fn is_second(&self) -> bool {
        self.controllers.is_none()
    }

    /// The group of the process, if a line of `/proc/self/cgroup` is about this hierarchy.
    fn group(&self, line: &str) -> Option<PathBuf> {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, group) = (parts.next()?, parts.next()?);
        let is_this = match &self.controllers {
            None => controllers.is_empty(),
            Some(own) => controllers
                .split(',')
                .any(|word| ["memory", "cpu"].contains(&word) && own.iter().any(|own| own == word)),
        };
        is_this.then(|| group.into())
    }
}

/// A path as it stands in `mountinfo`, where blanks and backslashes are octal numbers.
fn unescaped(text: &str) -> String {
    [(r"\040", " "), (r"\011", "\t"), (r"\012", "\n"), (r"\134", "\\")]
        .iter()
        .fold(text.to_owned(), |text, (code, character)| text.replace(code, character))
}
