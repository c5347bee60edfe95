use flatbench_records::{FORMAT, Trajectory, Trial};
use flatbench_runner::store::{RunDirectory, StoreError};

/// Every line is a record or a flaw, records survive being written again, and only a newer format refuses the whole.
pub fn records(input: &[u8]) {
    // Trajectories and trials, too, are read from whatever is there.
    if let Ok(trajectory) = serde_json::from_slice::<Trajectory>(input) {
        let text = serde_json::to_vec(&trajectory).expect("plain data has a JSON form");
        assert_eq!(serde_json::from_slice::<Trajectory>(&text).expect("what was written"), trajectory);
    }
    if let Ok(trial) = serde_json::from_slice::<Trial>(input) {
        let text = serde_json::to_vec(&trial).expect("plain data has a JSON form");
        assert_eq!(serde_json::from_slice::<Trial>(&text).expect("what was written"), trial);
    }
    let (records, flaws) = match RunDirectory::parse(input) {
        Ok(found) => found,
        Err(StoreError::Newer { found, .. }) => return assert!(found > FORMAT),
        Err(other) => panic!("{other}"),
    };
    let body = input.strip_suffix(b"\n").unwrap_or(input);
    let lines = if body.is_empty() { 0 } else { body.split(|&byte| byte == b'\n').count() };
    assert_eq!(records.len() + flaws.len(), lines, "no line is dropped");
    flaws.iter().for_each(|flaw| assert!(flaw.to_string().starts_with("line ")));
    let mut text = Vec::new();
    for record in &records {
        serde_json::to_writer(&mut text, record).expect("plain data has a JSON form");
        text.push(b'\n');
    }
    let (again, none) = RunDirectory::parse(&text).expect("the present format");
    assert_eq!((again, none), (records, Vec::new()));
}
