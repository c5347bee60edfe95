//! Criterion benches of flatbench: `oracles` (the inner loops), `roofline` (how near the machine's peaks they come),
//! `measuring` (what happens around a run) and `records` (what happens after it). See `README.md` here.
