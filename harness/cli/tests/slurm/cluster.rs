//! Slurm with a configuration, ports and folders of its own. It ends with the value.

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::history::wait_until;
use crate::support::flatbench;

/// One at a time: each takes the whole machine.
static TURN: Mutex<()> = Mutex::new(());

/// A controller and nodes.
pub struct Cluster {
    folder: tempfile::TempDir,
    daemons: Vec<(String, Child)>,
    _turn: MutexGuard<'static, ()>,
}

/// Where a program of Slurm is.
fn program(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&folders).chain(["/usr/sbin".into(), "/sbin".into()]).collect();
    folders.iter().map(|folder| folder.join(name)).find(|file| file.is_file())
}

impl Cluster {
    /// Starts one with `nodes` nodes of two cores; `None`, after saying so, where there is no Slurm.
    pub fn start(nodes: usize) -> Option<Self> {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(missing) =
            ["munged", "slurmctld", "slurmd", "sbatch"].into_iter().find(|name| program(name).is_none())
        {
            let text = format!("no {missing}: Slurm is NOT tested (Debian: apt-get install slurm-wlm munge)");
            assert!(std::env::var_os("CI").is_none(), "{text}");
            let _ = writeln!(std::io::stderr(), "{text}");
            return None;
        }
        // The path of a socket is short.
        let folder = tempfile::Builder::new().prefix("slurm").tempdir_in("/tmp").expect("a temporary folder");
        let mut cluster = Cluster { folder, daemons: Vec::new(), _turn: turn };
        cluster.configure(nodes);
        let munge = |file: &str| cluster.path("munge").join(file).display().to_string();
        let options = [
            "--foreground".to_owned(),
            "--force".to_owned(),
            format!("--key-file={}", munge("key")),
            format!("--socket={}", munge("socket")),
            format!("--pid-file={}", munge("pid")),
            format!("--log-file={}", munge("log")),
            format!("--seed-file={}", munge("seed")),
        ];
        cluster.daemon("munged", "munged", &options);
        wait_until("a socket of munged", || cluster.path("munge/socket").exists());
        cluster.start_controller();
        (1..=nodes).for_each(|node| cluster.start_node(node));
        wait_until("idle nodes", || cluster.nodes_in("idle") == nodes);
        Some(cluster)
    }

    fn configure(&self, nodes: usize) {
        use std::os::unix::fs::PermissionsExt;
        let munge = self.path("munge");
        for folder in [&munge, &self.path("state"), &self.path("spool"), &self.path("log")] {
            std::fs::create_dir(folder).expect("a folder");
        }
        let only_own = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("permissions");
        };
        only_own(&munge, 0o700);
        std::fs::write(munge.join("key"), [7; 1024]).expect("a key");
        only_own(&munge.join("key"), 0o400);
        let user = Command::new("id").arg("-un").output().expect("id");
        let user = String::from_utf8_lossy(&user.stdout).trim().to_owned();
        let ports = free_ports(nodes + 1);
        let folder = self.folder.path().display();
        let mut text = format!(
            "ClusterName=flatbench\nSlurmctldHost=localhost\nSlurmctldPort={}\nAuthType=auth/munge\nCredType=cred/munge\n\
             AuthInfo=socket={folder}/munge/socket\nSlurmUser={user}\nSlurmdUser={user}\nStateSaveLocation={folder}/state\n\
             SlurmdSpoolDir={folder}/spool/%n\nSlurmctldPidFile={folder}/ctld.pid\nSlurmdPidFile={folder}/%n.pid\n\
             SlurmctldLogFile={folder}/log/ctld\nSlurmdLogFile={folder}/log/%n\nProctrackType=proctrack/linuxproc\n\
             TaskPlugin=task/none\nJobAcctGatherType=jobacct_gather/none\nSelectType=select/cons_tres\n\
             SelectTypeParameters=CR_Core\nReturnToService=2\nMpiDefault=none\nSlurmdTimeout=8\nKillWait=2\nMinJobAge=600\n\
             MailProg=/bin/true\nSchedulerParameters=sched_interval=2,batch_sched_delay=0,requeue_delay=1\n\
             PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n",
            ports[0]
        );
        for (node, port) in (1..=nodes).zip(&ports[1..]) {
            text += &format!("NodeName=n{node} NodeHostname=localhost Port={port} CPUs=2 State=UNKNOWN\n");
        }
        std::fs::write(self.path("slurm.conf"), text).expect("a configuration");
    }

    /// A path in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts a daemon that dies with this thread.
    fn daemon(&mut self, name: &str, what: &str, options: &[String]) {
        let file = program(what).expect("it was there");
        let log = std::fs::File::create(self.path(&format!("log/{name}.out"))).expect("a log");
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).arg(file).args(options).env("SLURM_CONF", self.path("slurm.conf"));
        let copy = log.try_clone().expect("a log");
        let child = command.stdin(Stdio::null()).stdout(log).stderr(copy).spawn().expect("setpriv starts");
        self.daemons.push((name.to_owned(), child));
    }

    pub fn start_controller(&mut self) {
        self.daemon("ctld", "slurmctld", &["-D".to_owned()]);
        wait_until("the controller", || self.ask("scontrol", &["ping"]).is_some_and(|text| text.contains("UP")));
    }

    pub fn start_node(&mut self, node: usize) {
        self.daemon(&format!("n{node}"), "slurmd", &["-D".to_owned(), "-N".to_owned(), format!("n{node}")]);
    }

    /// Kills a daemon, and waits for its end.
    pub fn kill(&mut self, name: &str) {
        let place = self.daemons.iter().position(|(known, _)| known == name);
        let (_, mut child) = self.daemons.remove(place.unwrap_or_else(|| panic!("no daemon {name}")));
        child.kill().expect("it runs");
        child.wait().expect("a child");
    }

    /// A node as it is when its power fails: the daemon, its steps and all they started are gone.
    pub fn lose_node(&mut self, node: usize) {
        let tasks = self.tasks_on(node);
        self.kill(&format!("n{node}"));
        for (step, task) in tasks {
            kill(step);
            kill(task);
        }
    }

    /// Steps that run on a node, each with its batch script: which has become flatbench.
    pub fn tasks_on(&self, node: usize) -> Vec<(u32, u32)> {
        let node = format!("SLURMD_NODENAME=n{node}");
        self.tasks().into_iter().filter(|(_, task)| environment(*task).contains(&node)).collect()
    }

    /// Every step of this cluster, with its batch script.
    pub fn tasks(&self) -> Vec<(u32, u32)> {
        let own = format!("SLURM_CONF={}", self.path("slurm.conf").display());
        let is_step = |id: &u32| command_line(*id).starts_with("slurmstepd: [");
        let ids = process_ids();
        let child_of = |step: u32| ids.iter().copied().find(|id| parent_of(*id) == Some(step));
        let steps = ids.iter().copied().filter(is_step).filter_map(|step| Some((step, child_of(step)?)));
        steps.filter(|(_, task)| environment(*task).contains(&own)).collect()
    }

    fn nodes_in(&self, state: &str) -> usize {
        let text = self.ask("sinfo", &["--noheader", "--Node", "--format=%T"]).unwrap_or_default();
        text.lines().filter(|line| line.trim() == state).count()
    }

    /// What a command of Slurm prints; `None` if it fails.
    pub fn ask(&self, program: &str, arguments: &[&str]) -> Option<String> {
        let output = Command::new(program).args(arguments).env("SLURM_CONF", self.path("slurm.conf")).output();
        let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Tasks in a state, as JOB or JOB_PART.
    pub fn jobs_in(&self, state: &str) -> Vec<String> {
        let text = self.ask("squeue", &["--noheader", "--array", "--format=%i", &format!("--states={state}")]);
        text.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
    }

    /// `flatbench` with further arguments, where this Slurm is the one that is asked.
    pub fn flatbench(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("flatbench starts")
    }

    /// The same, to be started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = flatbench();
        command.args(arguments).env("SLURM_CONF", self.path("slurm.conf"));
        command
    }

    /// Does what an administrator would: lets requeued tasks begin at once, which Slurm has wait for two minutes, releases those that
    /// it holds because their node died while they were started, and takes nodes back that it drained for that.
    pub fn hurry(&self) {
        let nodes = self.ask("sinfo", &["--noheader", "--Node", "--format=%N %T"]).unwrap_or_default();
        for node in nodes.lines().filter(|line| line.contains("drain")).filter_map(|line| line.split(' ').next()) {
            let _ = self.ask("scontrol", &["update", &format!("NodeName={node}"), "State=RESUME"]);
        }
        let waiting = self.ask("squeue", &["--noheader", "--array", "--format=%i %r", "--states=PENDING"]);
        for line in waiting.unwrap_or_default().lines() {
            let job = line.split(' ').next().unwrap_or_default();
            if line.contains("BeginTime") {
                let _ = self.ask("scontrol", &["update", &format!("JobId={job}"), "StartTime=now"]);
            } else if line.contains("held") {
                let _ = self.ask("scontrol", &["release", job]);
            }
        }
    }

    /// Waits until nothing runs or waits; fails after so long.
    pub fn wait_for_silence(&self, patience: Duration) {
        let begun = Instant::now();
        while self.ask("squeue", &["--noheader"]).is_none_or(|text| !text.trim().is_empty()) {
            let now = self.ask("squeue", &[]).unwrap_or_default();
            assert!(begun.elapsed() < patience, "still in hand after {patience:?}:\n{now}");
            self.hurry();
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Where a test failed, what the daemons said is worth more than a clean machine.
        if std::thread::panicking() {
            for log in ["ctld", "n1", "n2"] {
                let text = std::fs::read_to_string(self.path("log").join(log)).unwrap_or_default();
                let last: Vec<&str> = text.lines().rev().take(15).collect();
                let last = last.into_iter().rev().collect::<Vec<_>>().join("\n");
                let _ = writeln!(std::io::stderr(), "the last of {log}:\n{last}");
            }
        }
        for (step, task) in self.tasks() {
            kill(task);
            kill(step);
        }
        for (_, daemon) in self.daemons.iter_mut().rev() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

/// Ends a process at once.
pub fn kill(id: u32) {
    crate::processes::send(id, rustix::process::Signal::KILL);
}

fn free_ports(number: usize) -> Vec<u16> {
    let open: Vec<TcpListener> = (0..number).map(|_| TcpListener::bind("127.0.0.1:0").expect("a port")).collect();
    open.iter().map(|listener| listener.local_addr().expect("an address").port()).collect()
}

fn process_ids() -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").expect("/proc").flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

fn command_line(id: u32) -> String {
    String::from_utf8_lossy(&std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default()).into_owned()
}

fn parent_of(id: u32) -> Option<u32> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    text.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

fn environment(id: u32) -> Vec<String> {
    let bytes = std::fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
    bytes.split(|&byte| byte == 0).map(|text| String::from_utf8_lossy(text).into_owned()).collect()
}
