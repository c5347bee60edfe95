use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use flatbench_records::protocol::{Event, Job, RunRequest, Tier, VERSION};
use flatbench_records::{Case, Init, Measure};
use flatbench_runner::store::StoreError;
use flatbench_runner::supervisor::{Ended, Listener, Settings, SupervisorError, supervise};
use flatbench_runner::{Interruption, Program, Programs};

/// Events and jobs survive the pipe, and of a worker that writes the input, whatever it is, every run has one record or is
/// named as not done.
pub fn protocol(input: &[u8]) {
    for line in input.split(|&byte| byte == b'\n') {
        if let Ok(event) = serde_json::from_slice::<Event>(line) {
            let text = serde_json::to_vec(&event).expect("plain data has a JSON form");
            assert_eq!(serde_json::from_slice::<Event>(&text).expect("what was written"), event);
        }
        if let Ok(job) = serde_json::from_slice::<Job>(line) {
            let text = serde_json::to_vec(&job).expect("plain data has a JSON form");
            assert_eq!(serde_json::from_slice::<Job>(&text).expect("what was written"), job);
        }
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("events");
    std::fs::write(&file, input).expect("a writable temporary folder");
    be_told(&file);
}

/// Supervises a "worker" that writes a file and ends.
fn be_told(file: &Path) {
    #[derive(Default)]
    struct Count(BTreeMap<String, usize>);
    impl Listener for Count {
        fn ended(&mut self, ended: Ended) -> Result<(), StoreError> {
            *self.0.entry(ended.key).or_default() += 1;
            Ok(())
        }
    }
    let run = |key: &str| RunRequest {
        key: key.to_owned(),
        optimizer: "gd".to_owned(),
        library: "nowhere.so".into(),
        hyperparameters: BTreeMap::new(),
        stream_seed: 1,
    };
    let job = Job {
        version: VERSION,
        id: 0,
        token: String::new(),
        case: Case {
            name: "case".to_owned(),
            family: "matrix-sensing".to_owned(),
            parameters: BTreeMap::new(),
            init: Init::Large,
            budget: 1.0,
            ..Case::default()
        },
        instance_seed: 1,
        init_seed: 1,
        given: None,
        data_root: ".".into(),
        data: None,
        tier: Tier::Cheap,
        measure: Measure::default(),
        references: None,
        measuring_limit: 5.0,
        sparing: None,
        keep_parameters: false,
        runs: vec![run("a"), run("b")],
    };
    let cat = Program::native("/bin/cat", vec![file.as_os_str().to_owned()]);
    let settings = Settings {
        programs: Programs { native: cat.clone(), python: cat },
        workers: 1,
        time_limit: Duration::from_secs(5),
        measuring_limit: Duration::from_secs(5),
        memory: None,
        keep_parameters: false,
    };
    let mut count = Count::default();
    match supervise(vec![job], &settings, &Interruption::default(), &mut count) {
        Ok(()) => assert_eq!(count.0.into_values().collect::<Vec<_>>(), [1, 1], "one record of each run"),
        // It ended before it had begun a run: nothing is recorded, and that is said.
        Err(SupervisorError::Place { runs, .. }) => assert_eq!(runs + count.0.len(), 2, "nothing is lost"),
        Err(SupervisorError::FalseStarts { .. } | SupervisorError::Version { .. }) => {}
        Err(other) => panic!("{other}"),
    }
}
