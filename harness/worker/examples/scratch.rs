use std::collections::BTreeMap;
use std::time::Instant;
use flatbench_records::{*, protocol::*};
use flatbench_plugin::host::Library;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let family = &args[1];
    let budget: f64 = args[2].parse().unwrap();
    let mut p = BTreeMap::new();
    for kv in args[3].split(',').filter(|s| !s.is_empty()) {
        let (k, v) = kv.split_once('=').unwrap();
        let val = if let Ok(n) = v.parse::<i64>() { Value::Integer(n) } else if let Ok(x) = v.parse::<f64>() { Value::Real(x) } else { Value::Text(v.into()) };
        p.insert(k.to_string(), val);
    }
    let root = std::path::PathBuf::from(".");
    let checked = flatbench_worker::check_case(family, &p, &root).unwrap();
    println!("{:?}", checked.parameters);
    for seed in 1..=args.get(5).map_or(1, |s| s.parse().unwrap()) {
    let case = Case { name: family.clone(), family: family.clone(), parameters: checked.parameters.clone(), init: if std::env::var("SMALL").is_ok() { Init::Small } else { Init::Large }, budget };
    let job = Job { version: VERSION, id: 0, case, instance_seed: seed, init_seed: seed + 1000, data_root: root.clone(), tier: Tier::Cheap, runs: vec![] };
    let t = Instant::now();
    let inst = flatbench_worker::Instance::draw(&job).unwrap();
    let t_all = t.elapsed();
    let t = Instant::now();
    let r = flatbench_worker::references(&*inst.problem);
    println!("draw+start+refs {:?}, refs {:?}, dims {:?}", t_all, t.elapsed(), inst.problem.dimensions());
    println!("flat {:?}\nnorm {:?}\nfloor(X*) {:?} missing {:?}", r.flat, r.norm_minimal, r.truth_floor, r.missing);
    let s = &inst.start_metrics;
    println!("start loss {:.3} trace {:?} err {:?} lmax {:?}", inst.start_loss, s.hessian_trace, s.relative_error, s.lambda_max);
    println!("{:16} {:>10} {:>9} {:>9} | {:>9} {:>9} {:>9} {:>9} {:>8} {:>5} {:>7} {:>7}", "opt", "loss", "trace", "err", "Ltrace", "Lerr", "balance", "model", "moved", "steps", "opt s", "meas s");
    for name in args[4].split(',') {
        let (name, over) = name.split_once(':').unwrap_or((name, ""));
        let lib = Library::open(format!("target/release/libflatbench_{}.so", name.replace('-', "_"))).unwrap();
        let d = flatbench_worker::describe(&format!("target/release/libflatbench_{}.so", name.replace('-', "_")).as_ref()).unwrap();
        let mut h: BTreeMap<String, Value> = d.hyperparameters.iter().map(|p| (p.name.clone(), p.default.clone().unwrap())).collect();
        for kv in over.split(';').filter(|s| !s.is_empty()) {
            let (k, v) = kv.split_once('=').unwrap();
            let (v, unit) = match v.strip_suffix('L') { Some(v) => (v, Unit::InverseLambdaMax), None => (v, Unit::Absolute) };
            let val = if let Some((a, b)) = v.split_once('~') { Value::Schedule(Schedule { schedule: Shape::Geometric, from: a.parse().unwrap(), to: b.parse().unwrap(), until: 1.0, unit }) } else if unit == Unit::InverseLambdaMax { Value::Schedule(Schedule { unit, ..Schedule::constant(v.parse().unwrap()) }) } else if let Ok(n) = v.parse::<i64>() { Value::Integer(n) } else if let Ok(x) = v.parse::<f64>() { Value::Real(x) } else { Value::Text(v.into()) };
            // schedules want schedules
            let val = if matches!(h.get(k), Some(Value::Schedule(_))) { Value::Schedule(val.as_schedule().unwrap()) } else { val };
            h.insert(k.into(), val);
        }
        let req = RunRequest { key: "k".into(), optimizer: name.into(), library: "x".into(), hyperparameters: h, stream_seed: 7 };
        let (res, _) = flatbench_worker::drive(&inst, &lib, &req, budget, Tier::Cheap, &mut |_| {});
        let it = res.iterate.clone().unwrap_or_default();
        let li = res.limit.clone();
        let lm = li.as_ref().map(|l| l.metrics.clone()).unwrap_or_default();
        let f = |x: Option<f64>| x.map_or("-".into(), |x| format!("{x:.3e}"));
        println!("{:16} {:>10} {:>9} {:>9} | {:>9} {:>9} {:>9} {:>9} {:>8} {:>5} {:>7.2} {:>7.2} {:?} {:?} {:?} {:?}", &format!("{name} {over}")[..(name.len()+1+over.len()).min(40)], f(it.train_loss), f(it.hessian_trace), f(it.relative_error), f(lm.hessian_trace), f(lm.relative_error), f(lm.balance_gap), f(lm.excess_flatness), f(li.as_ref().and_then(|l| l.distance_moved)), res.steps, res.optimizer_seconds, res.measurement_seconds, res.outcome, res.termination, res.outcome_detail, li.and_then(|l| l.reason));
    }
    }
}
