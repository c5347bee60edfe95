use super::*;

/// A file tree as a machine has it: 8 cores, 16 GiB, and these files.
fn machine(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a temporary folder");
    let processors: String = (0..8).map(|n| format!("processor\t: {n}\nmodel name\t: any\n\n")).collect();
    let always =
        [("proc/cpuinfo", processors.as_str()), ("proc/meminfo", "MemTotal:       16777216 kB\nMemFree: 1 kB\n")];
    for (file, text) in always.iter().chain(files) {
        let path = root.path().join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a writable folder");
    }
    root
}

fn allowed(files: &[(&str, &str)], variables: &[(&str, &str)], affinity: usize) -> Allowance {
    let variable =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    Allowance::read(machine(files).path(), &variable, affinity)
}

fn is(allowance: &Allowance, cores: usize, cores_by: &str, gibibytes: u64, memory_by: &str) {
    let by = |text: &Option<String>| text.clone().unwrap_or_default();
    assert_eq!((allowance.cores, by(&allowance.cores_by).as_str()), (cores, cores_by));
    assert_eq!((allowance.memory, by(&allowance.memory_by).as_str()), (Some(gibibytes << 30), memory_by));
}

const SECOND: &str = "31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
const FIRST: &str = "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n\
                     32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n";

#[test]
fn without_limits_it_is_the_machine() {
    is(&allowed(&[], &[], 8), 8, "", 16, "");
    is(&allowed(&[], &[], 3), 3, "the processor affinity of the process", 16, "");
    assert!(allowed(&[], &[], 8).limits().is_empty());
    let nothing = Allowance::read(Path::new("/nowhere"), &|_| None, 5);
    assert_eq!(nothing, Allowance { cores: 5, cores_by: None, memory: None, memory_by: None });
}

#[test]
fn groups_of_version_2_count_up_the_hierarchy() {
    let files = [
        ("proc/self/mountinfo", SECOND),
        ("proc/self/cgroup", "0::/user.slice/job one\n"),
        ("sys/fs/cgroup/user.slice/memory.max", "8589934592\n"),
        ("sys/fs/cgroup/user.slice/cpu.max", "250000 100000\n"),
        ("sys/fs/cgroup/user.slice/job one/memory.max", "max\n"),
        ("sys/fs/cgroup/user.slice/job one/memory.high", "4294967296\n"),
        ("sys/fs/cgroup/user.slice/job one/cpu.max", "max 100000\n"),
        ("sys/fs/cgroup/another/memory.max", "1024\n"),
    ];
    let high = "/sys/fs/cgroup/user.slice/job one/memory.high";
    let limited = allowed(&files, &[], 8);
    is(&limited, 2, "/sys/fs/cgroup/user.slice/cpu.max", 4, high);
    assert_eq!(limited.limits(), ["2 cores by /sys/fs/cgroup/user.slice/cpu.max", &format!("4.0 GiB by {high}")]);
    is(
        &allowed(&files[..4], &[], 8),
        2,
        "/sys/fs/cgroup/user.slice/cpu.max",
        8,
        "/sys/fs/cgroup/user.slice/memory.max",
    );
}

#[test]
fn groups_of_version_1_are_found_by_their_controllers() {
    let files = [
        ("proc/self/mountinfo", FIRST),
        ("proc/self/cgroup", "4:memory:/slurm/job_7\n2:cpu,cpuacct:/slurm\n1:name=systemd:/\n"),
        ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
        ("sys/fs/cgroup/memory/slurm/memory.limit_in_bytes", "9223372036854771712\n"),
        ("sys/fs/cgroup/memory/slurm/job_7/memory.limit_in_bytes", "2147483648\n"),
        ("sys/fs/cgroup/cpu,cpuacct/slurm/cpu.cfs_quota_us", "50000\n"),
        ("sys/fs/cgroup/cpu,cpuacct/slurm/cpu.cfs_period_us", "100000\n"),
        ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n"),
        ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"),
    ];
    let (quota, limit) = (
        "/sys/fs/cgroup/cpu,cpuacct/slurm/cpu.cfs_quota_us",
        "/sys/fs/cgroup/memory/slurm/job_7/memory.limit_in_bytes",
    );
    is(&allowed(&files, &[], 8), 1, quota, 2, limit);
}

/// A container sees its own group alone, at the mount point, whatever the host calls it.
#[test]
fn a_container_sees_its_own_group_at_the_mount_point() {
    let mount = "31 23 0:28 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n";
    for group in ["0::/docker/abc\n", "0::/\n", "0::/../other\n"] {
        let files = [
            ("proc/self/mountinfo", mount),
            ("proc/self/cgroup", group),
            ("sys/fs/cgroup/memory.max", "1073741824\n"),
            ("sys/fs/cgroup/cpu.max", "400000 100000\n"),
        ];
        is(&allowed(&files, &[], 8), 4, "/sys/fs/cgroup/cpu.max", 1, "/sys/fs/cgroup/memory.max");
    }
}

#[test]
fn slurm_gives_a_task_its_share_of_a_node() {
    let job = |more: &[(&str, &str)]| allowed(&[], &[&[("SLURM_JOB_ID", "7")], more].concat(), 8);
    is(
        &job(&[("SLURM_CPUS_PER_TASK", "2"), ("SLURM_MEM_PER_CPU", "1024")]),
        2,
        "SLURM_CPUS_PER_TASK",
        2,
        "SLURM_MEM_PER_CPU",
    );
    is(
        &job(&[("SLURM_CPUS_ON_NODE", "4"), ("SLURM_MEM_PER_NODE", "3072")]),
        4,
        "SLURM_CPUS_ON_NODE",
        3,
        "SLURM_MEM_PER_NODE",
    );
    // Of a step with four tasks on the second of two nodes.
    let step = [
        ("SLURM_NODEID", "1"),
        ("SLURM_JOB_CPUS_PER_NODE", "2,4"),
        ("SLURM_STEP_TASKS_PER_NODE", "2(x2)"),
        ("SLURM_MEM_PER_NODE", "4096"),
    ];
    is(&job(&step), 2, "SLURM_JOB_CPUS_PER_NODE", 2, "SLURM_MEM_PER_NODE");
    // All of the node, more than there is, and nothing that is a number.
    is(&job(&[("SLURM_MEM_PER_NODE", "0"), ("SLURM_CPUS_ON_NODE", "64"), ("SLURM_CPUS_PER_TASK", "x")]), 8, "", 16, "");
    let without_job = [("SLURM_CPUS_PER_TASK", "2"), ("SLURM_MEM_PER_NODE", "1024")];
    is(&allowed(&[], &without_job, 8), 8, "", 16, "");
}

#[test]
fn hyperqueue_names_the_cores_of_a_task() {
    is(&allowed(&[], &[("HQ_TASK_ID", "3"), ("HQ_CPUS", "1,4,5")], 8), 3, "HQ_CPUS", 16, "");
}
