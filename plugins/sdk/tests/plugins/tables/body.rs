//! An optimizer behind the C interface that is made of arbitrary bytes: pointers may be null, texts endless or no UTF-8,
//! numbers anything. Whatever it is, it is refused in one line, or what it says makes sense and its runs end as runs do.

use std::cell::{Cell, RefCell};
use std::ffi::{c_char, c_void};
use std::path::Path;
use std::ptr;

use flatbench_plugin::c_interface::*;
use flatbench_plugin::host::{Block, HostOracle, Library, OracleError, Question};

/// Longer than any text may be.
const ENDLESS: usize = (1 << 16) + 1;

thread_local! {
    /// What the entry point returns.
    static TABLE: Cell<*const FlatbenchOptimizer> = const { Cell::new(ptr::null()) };
    /// What the functions of the optimizer do, byte by byte.
    static SCRIPT: RefCell<Bytes> = const { RefCell::new(Bytes { rest: Vec::new() }) };
    /// Optimizers made, and destroyed.
    static ALIVE: Cell<i64> = const { Cell::new(0) };
}

/// Bytes that are used up from the end; zeros after that.
struct Bytes {
    rest: Vec<u8>,
}

impl Bytes {
    fn byte(&mut self) -> u8 {
        self.rest.pop().unwrap_or(0)
    }

    fn word(&mut self) -> u64 {
        u64::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }

    /// Small, or the largest there is, or anything.
    fn count(&mut self) -> usize {
        match self.byte() {
            200..=220 => usize::MAX,
            221..=240 => self.word() as usize,
            small => usize::from(small % 8),
        }
    }

    fn number(&mut self) -> f64 {
        match self.byte() % 8 {
            0 => f64::NAN,
            1 => f64::INFINITY,
            2 => f64::NEG_INFINITY,
            3 => f64::from_bits(self.word()),
            4 => 0.0,
            5 => -1.0,
            _ => 0.5,
        }
    }

    /// A text with a zero byte at its end, one without an end, or none.
    fn text(&mut self, memory: &mut Vec<Vec<u8>>) -> *const c_char {
        let text = match self.byte() {
            0..=7 => return ptr::null(),
            8..=15 => vec![b'x'; ENDLESS],
            16..=60 => (0..self.byte() % 16).map(|_| self.byte().max(1)).chain([0]).collect(),
            other => format!("name-{}\0", other % 5).into_bytes(),
        };
        memory.push(text);
        memory.last().expect("one is there").as_ptr().cast()
    }

    /// One of the codes, or any.
    fn code(&mut self) -> i32 {
        match self.byte() {
            most @ 0..=199 => i32::from(most % 5) - 3,
            _ => self.word() as i32,
        }
    }
}

fn with<T>(use_it: impl FnOnce(&mut Bytes) -> T) -> T {
    SCRIPT.with_borrow_mut(use_it)
}

unsafe extern "C" fn entry() -> *const FlatbenchOptimizer {
    TABLE.get()
}

unsafe extern "C" fn create(
    _values: *const FlatbenchValue,
    _blocks: *const FlatbenchBlock,
    _count: usize,
    state: *mut *mut c_void,
    message: *mut c_char,
    size: usize,
) -> i32 {
    let (code, fill) = with(|bytes| (if bytes.byte() < 200 { FLATBENCH_OK } else { bytes.code() }, bytes.byte()));
    if fill > 100 {
        // SAFETY: there is room for so many.
        unsafe { ptr::write_bytes(message.cast::<u8>(), fill, size) };
    }
    if code == FLATBENCH_OK {
        ALIVE.set(ALIVE.get() + 1);
        // SAFETY: the host reads it.
        unsafe { state.write(ptr::null_mut()) };
    }
    code
}

/// Asks a few questions with whatever is at hand, and writes anything to w.
unsafe extern "C" fn step(_state: *mut c_void, w: *mut f64, oracle: *const FlatbenchOracle) -> i32 {
    // SAFETY: the host lends them for the call.
    let (oracle, w) = unsafe { (&*oracle, std::slice::from_raw_parts_mut(w, (*oracle).dimension)) };
    let mut out = vec![0.0; oracle.dimension];
    for _ in 0..with(Bytes::byte) % 6 {
        let batch: Vec<usize> = (0..with(Bytes::byte) % 9).map(|_| with(Bytes::count)).collect();
        let noise: Vec<f64> = batch.iter().map(|_| with(Bytes::number)).collect();
        let length = if with(Bytes::byte) > 240 { usize::MAX } else { batch.len() };
        let noise = if with(Bytes::byte) % 2 == 0 { ptr::null() } else { noise.as_ptr() };
        let to = if with(Bytes::byte) > 230 { w.as_mut_ptr() } else { out.as_mut_ptr() };
        let from = if with(Bytes::byte) > 230 { ptr::null() } else { w.as_ptr() };
        let text = if with(Bytes::byte) > 230 { ptr::null() } else { c"text".as_ptr() };
        let state = oracle.state;
        // Room for the longest lists, two of them for what is read and written in one call.
        let (mut number, mut list) = (0.0, [0.5; 20]);
        // SAFETY: vectors have the lengths that they should have, or are null; a length that none can have is refused.
        unsafe {
            let _: i32 = match with(Bytes::byte) % 27 {
                0 => (oracle.loss)(state, from, to),
                1 => (oracle.gradient)(state, from, to),
                2 => (oracle.minibatch_gradient)(state, from, batch.as_ptr(), length, noise, to),
                3 => (oracle.hessian_vector)(state, from, w.as_ptr(), to),
                4 => (oracle.hessian_trace)(state, from, to),
                5 => (oracle.hessian_trace_gradient)(state, from, to),
                6 => ((oracle.uniform)(state) + (oracle.remaining)(state) + (oracle.progress)(state)) as i32,
                7 => (oracle.index)(state, with(Bytes::count)) as i32,
                8 => {
                    (oracle.fill_normal)(state, to, if length == usize::MAX { length } else { oracle.dimension });
                    0
                }
                9 => (oracle.fail)(state, text),
                10 => {
                    let (size, replacement) = with(|bytes| (bytes.count(), bytes.byte() % 2 == 0));
                    let mut room = vec![0; (oracle.measurements)(state)];
                    let drawn = (oracle.sample_batch)(state, size, replacement, room.as_mut_ptr());
                    assert!(drawn <= room.len());
                    0
                }
                11 => {
                    let numbers = vec![0.5; (oracle.measurements)(state)];
                    (oracle.gradient_with_noise)(state, from, numbers.as_ptr(), to)
                }
                12 => (oracle.loss_and_gradient)(state, from, &raw mut number, to),
                13 => (oracle.losses_along)(state, from, w.as_ptr(), list.as_ptr(), length, list.as_mut_ptr().add(10)),
                14 => (oracle.minibatch_loss)(state, from, batch.as_ptr(), length, &raw mut number),
                15 => (oracle.minibatch_hessian_vector)(state, from, w.as_ptr(), batch.as_ptr(), length, to),
                16 => (oracle.residuals)(state, from, list.as_mut_ptr()),
                17 => (oracle.minibatch_residuals)(state, from, batch.as_ptr(), length, list.as_mut_ptr()),
                18 => (oracle.jacobian_vector)(state, from, w.as_ptr(), list.as_mut_ptr()),
                19 => (oracle.jacobian_transpose_vector)(state, from, list.as_ptr(), to),
                20 => (oracle.gauss_newton_vector)(state, from, w.as_ptr(), to),
                21 => (oracle.hessian_trace_by_block)(state, from, to),
                22 => (oracle.weighted_hessian_trace_gradient)(state, from, list.as_ptr(), to),
                23 => (oracle.lambda_max)(state, from, &raw mut number, to),
                24 => (oracle.curvature_gradient)(state, from, w.as_ptr(), to),
                25 => (oracle.relative_flatness)(state, from, to),
                _ => (oracle.relative_flatness_gradient)(state, from, to),
            };
        }
    }
    w.iter_mut().for_each(|x| *x = with(Bytes::number));
    with(Bytes::code)
}

unsafe extern "C" fn report(
    _state: *mut c_void,
    _oracle: *const FlatbenchOracle,
    out: *mut FlatbenchScalar,
    capacity: usize,
) -> usize {
    let names = [c"a".as_ptr(), c"".as_ptr(), c"\xff".as_ptr(), ptr::null()];
    for index in 0..capacity.min(usize::from(with(Bytes::byte))) {
        let scalar =
            with(|bytes| FlatbenchScalar { name: names[usize::from(bytes.byte() % 4)], value: bytes.number() });
        // SAFETY: there is room for `capacity`.
        unsafe { out.add(index).write(scalar) };
    }
    with(Bytes::count)
}

unsafe extern "C" fn destroy(_state: *mut c_void) {
    ALIVE.set(ALIVE.get() - 1);
}

/// Answers everything with ones, and holds what arrives against what is promised.
struct Toy;

impl HostOracle for Toy {
    fn answer(&mut self, w: &[f64], question: Question<'_>, out: &mut [f64]) -> Result<f64, OracleError> {
        assert_eq!(w.len(), 3);
        match question {
            Question::Loss | Question::Trace | Question::RelativeFlatness => assert!(out.is_empty()),
            Question::MinibatchLoss(batch) => assert!(!batch.is_empty() && out.is_empty()),
            Question::MinibatchResiduals(batch) => assert!(!batch.is_empty() && out.len() == batch.len()),
            Question::MinibatchHessianVector { batch, v } => {
                assert!(!batch.is_empty() && batch.iter().all(|&index| index < 5));
                assert_eq!((v.len(), out.len()), (3, 3));
            }
            Question::WeightedTraceGradient(weights) => assert_eq!((weights.len(), out.len()), (1, 3)),
            Question::RelativeFlatnessGradient => assert_eq!(out.len(), 3),
            Question::HessianVector(v) => assert_eq!((v.len(), out.len()), (3, 3)),
            Question::PerturbedGradient(noise) => assert_eq!((noise.len(), out.len()), (5, 3)),
            Question::MinibatchGradient { batch, noise } => {
                assert!(!batch.is_empty() && batch.iter().all(|&index| index < 5) && out.len() == 3);
                assert!(noise.is_none_or(|noise| noise.len() == batch.len()));
            }
            Question::Gradient | Question::TraceGradient | Question::LambdaMax => assert_eq!(out.len(), 3),
            Question::LossesAlong { direction, steps } => assert_eq!((direction.len(), out.len()), (3, steps.len())),
            Question::Residuals => assert_eq!(out.len(), 5),
            Question::JacobianVector(v) => assert_eq!((v.len(), out.len()), (3, 5)),
            Question::JacobianTransposeVector(u) => assert_eq!((u.len(), out.len()), (5, 3)),
            Question::GaussNewtonVector(v) | Question::CurvatureGradient(v) => assert_eq!((v.len(), out.len()), (3, 3)),
            Question::TraceByBlock => assert_eq!(out.len(), 1),
        }
        out.fill(1.0);
        Ok(1.0)
    }

    fn progress(&self) -> f64 {
        0.5
    }

    fn remaining(&self) -> f64 {
        1.0
    }

    fn measurements(&self) -> usize {
        5
    }
}

/// A hyper-parameter of arbitrary bytes, its flags included.
fn hyperparameter(
    bytes: &mut Bytes,
    memory: &mut Vec<Vec<u8>>,
    lists: &mut Vec<Vec<*const c_char>>,
) -> FlatbenchHyperparameter {
    let mut choices: Vec<_> = (0..bytes.byte() % 4).map(|_| bytes.text(memory)).collect();
    choices.resize(1002, if bytes.byte() > 240 { c"again".as_ptr() } else { ptr::null() });
    lists.push(choices);
    let sane = bytes.byte() < 200;
    let default_value = FlatbenchValue {
        boolean: false,
        integer: bytes.word() as i64 % 4,
        real: bytes.number(),
        text: bytes.text(memory),
        schedule: FlatbenchSchedule {
            shape: u32::from(bytes.byte() % 5),
            from: bytes.number(),
            to: bytes.number(),
            until: bytes.number(),
        },
    };
    FlatbenchHyperparameter {
        name: bytes.text(memory),
        description: bytes.text(memory),
        kind: u32::from(bytes.byte() % 6),
        default_value,
        default_unit: u32::from(bytes.byte() % 3),
        log_scale: false,
        min: if sane { f64::NEG_INFINITY } else { bytes.number() },
        max: if sane { f64::INFINITY } else { bytes.number() },
        min_excluded: false,
        integer_min: if sane { i64::MIN } else { bytes.word() as i64 },
        integer_max: if sane { i64::MAX } else { bytes.word() as i64 },
        choices: if bytes.byte() > 240 { ptr::null() } else { lists.last().expect("one is there").as_ptr() },
    }
}

/// Loads the optimizer that the bytes stand for, and runs it. Returns whether it was taken.
pub fn table(input: &[u8]) -> bool {
    let mut bytes = Bytes { rest: input.iter().rev().copied().collect() };
    let (mut memory, mut lists) = (Vec::new(), Vec::new());
    let mut entries: Vec<_> =
        (0..bytes.byte() % 5).map(|_| hyperparameter(&mut bytes, &mut memory, &mut lists)).collect();
    for entry in &mut entries {
        let flags = [&raw mut entry.log_scale, &raw mut entry.min_excluded, &raw mut entry.default_value.boolean];
        for flag in flags {
            let value = bytes.byte();
            // SAFETY: it is a byte; what it holds need not be a `bool`, as in C.
            unsafe { flag.cast::<u8>().write(if value < 240 { value % 2 } else { value }) };
        }
    }
    let whole = size_of::<FlatbenchOptimizer>();
    let count = if bytes.byte() > 230 { 1001 + bytes.count() % (usize::MAX - 1001) } else { entries.len() };
    let mut optimizer = FlatbenchOptimizer {
        size: if bytes.byte() > 230 { bytes.count() } else { whole },
        minor: bytes.word() as u32,
        name: bytes.text(&mut memory),
        version: bytes.text(&mut memory),
        description: bytes.text(&mut memory),
        hyperparameter_count: count,
        hyperparameters: if bytes.byte() > 240 { ptr::null() } else { entries.as_ptr() },
        create: (bytes.byte() < 250).then_some(create),
        initialize: bytes.byte().is_multiple_of(2).then_some(step),
        step: (bytes.byte() < 250).then_some(step),
        report: bytes.byte().is_multiple_of(2).then_some(report),
        evaluation_point: None,
        destroy: Some(destroy),
        own_thread: false,
    };
    let flag = bytes.byte();
    // SAFETY: as above.
    unsafe { (&raw mut optimizer.own_thread).cast::<u8>().write(if flag < 240 { flag % 2 } else { flag }) };
    TABLE.set(if bytes.byte() > 250 { ptr::null() } else { &optimizer });
    SCRIPT.set(bytes);
    ALIVE.set(0);
    // SAFETY: texts and lists have their ends, or as many bytes as are looked at; all of them outlive the library.
    let library = match unsafe { Library::linked(entry, Path::new("linked")) } {
        Ok(library) => library,
        Err(error) => {
            assert_eq!(error.to_string().lines().count(), 1, "{error}");
            return false;
        }
    };
    let card = library.description();
    assert!(!card.name.is_empty() && card.hyperparameters.len() == entries.len());
    let values: Vec<_> = card.hyperparameters.iter().map(|entry| (entry.name.clone(), entry.default.clone())).collect();
    let Ok(mut optimizer) = library.create(&values, &[Block::new("L", 3, 1)], 1) else {
        assert_eq!(ALIVE.get(), 0);
        return true;
    };
    let mut w = [1.0, 2.0, 3.0];
    let _ = optimizer.initialize(&mut w, &mut Toy);
    for _ in 0..3 {
        let _ = optimizer.step(&mut w, &mut Toy);
        let _ = optimizer.report(&mut Toy);
    }
    let mut point = [0.0; 3];
    optimizer.evaluation_point(&w, &mut point).expect("the lengths are right");
    drop(optimizer);
    assert_eq!(ALIVE.get(), 0, "what was made is destroyed once");
    true
}
