//! The control words of the floating-point unit: rounding, subnormal numbers, exceptions, precision.
//!
//! They belong to the thread, so what one plugin sets would hold for every computation after it, and what a library sets
//! while it is loaded (as those do that are linked with `-ffast-math`) for all. Code of the host runs under the standard words,
//! which compilers assume everywhere: they are put back after every call into a plugin, and for the time of every question
//! that it asks. A switch between the stacks of runs happens inside a question, so under the standard words as well.

use std::sync::atomic::{AtomicU8, Ordering};

/// What plugins left changed since [`take_changes`] was last called; one bit for each of [`words::CHANGES`].
static CHANGED: AtomicU8 = AtomicU8::new(0);

/// Runs code of a plugin. Afterwards the words are the standard ones.
#[inline]
pub(super) fn lend<T>(call: impl FnOnce() -> T) -> T {
    let result = call();
    let found = words::read();
    if !words::is_standard(found) {
        CHANGED.fetch_or(words::differences(found), Ordering::Relaxed);
        words::write_standard();
    }
    result
}

/// Runs code of the host for a plugin that asks something: under the standard words, after which the plugin has its own.
#[inline]
pub(super) fn reclaim<T>(work: impl FnOnce() -> T) -> T {
    let found = words::read();
    if words::is_standard(found) {
        return work();
    }
    words::write_standard();
    let result = apart(work);
    words::write(found);
    result
}

/// A call that stays one: of what is inlined the compiler might take a quotient only after the words are written again.
#[inline(never)]
fn apart<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Sets the standard words for the calling thread: rounding to nearest, subnormal numbers as they are, no exception trapped.
pub fn standard_control_words() {
    words::write_standard();
}

/// What plugins left changed since this was last called, in words. It has been put back.
pub(super) fn take_changes() -> Vec<String> {
    let bits = CHANGED.swap(0, Ordering::Relaxed);
    let named = words::CHANGES.iter().enumerate();
    named.filter(|(index, _)| bits & (1 << index) != 0).map(|(_, name)| (*name).to_owned()).collect()
}

/// MXCSR and the x87 control word. Intel, Software Developer's Manual 1, 8.1.5 and 10.2.3.
#[cfg(target_arch = "x86_64")]
mod words {
    use std::arch::asm;

    const MXCSR: u32 = 0x1f80;
    /// All but the flags of exceptions that have happened.
    const MXCSR_CONTROL: u32 = 0xffc0;
    const X87: u16 = 0x037f;
    /// Exception masks, precision and rounding.
    const X87_CONTROL: u16 = 0x0f3f;

    pub(super) const CHANGES: [&str; 4] = [
        "the rounding mode",
        "the treatment of subnormal numbers (FTZ, DAZ)",
        "which floating-point exceptions are trapped",
        "the precision of the x87 unit",
    ];

    #[inline]
    pub(super) fn read() -> (u32, u16) {
        let (mut mxcsr, mut x87) = (0u32, 0u16);
        // SAFETY: both write the words of this thread to the places given, and nothing else.
        unsafe {
            asm!("stmxcsr [{}]", "fnstcw [{}]", in(reg) &raw mut mxcsr, in(reg) &raw mut x87, options(nostack, preserves_flags));
        }
        (mxcsr, x87)
    }

    #[inline]
    pub(super) fn is_standard((mxcsr, x87): (u32, u16)) -> bool {
        (mxcsr ^ MXCSR) & MXCSR_CONTROL == 0 && (x87 ^ X87) & X87_CONTROL == 0
    }

    /// Bits in the order of [`CHANGES`].
    pub(super) fn differences((mxcsr, x87): (u32, u16)) -> u8 {
        let (mxcsr, x87) = (mxcsr ^ MXCSR, x87 ^ X87);
        let rounding = mxcsr & 0x6000 != 0 || x87 & 0x0c00 != 0;
        let subnormal = mxcsr & 0x8040 != 0;
        let trapped = mxcsr & 0x1f80 != 0 || x87 & 0x003f != 0;
        let precision = x87 & 0x0300 != 0;
        u8::from(rounding) | u8::from(subnormal) << 1 | u8::from(trapped) << 2 | u8::from(precision) << 3
    }

    #[cold]
    pub(super) fn write((mxcsr, x87): (u32, u16)) {
        // SAFETY: words that were read, or the standard ones. Flags of past exceptions are cleared first, since loading a word
        // that traps them would raise them.
        unsafe {
            asm!("fnclex", "ldmxcsr [{}]", "fldcw [{}]", in(reg) &raw const mxcsr, in(reg) &raw const x87, options(nostack));
        }
    }

    pub(super) fn write_standard() {
        write((MXCSR, X87));
    }
}

/// FPCR. Arm, Architecture Reference Manual, D24.2.
#[cfg(target_arch = "aarch64")]
mod words {
    use std::arch::asm;

    pub(super) const CHANGES: [&str; 3] = [
        "the rounding mode",
        "the treatment of subnormal numbers (FZ, DN)",
        "which floating-point exceptions are trapped",
    ];

    #[inline]
    pub(super) fn read() -> u64 {
        let fpcr;
        // SAFETY: reads a register of this thread.
        unsafe { asm!("mrs {}, fpcr", out(reg) fpcr, options(nomem, nostack, preserves_flags)) };
        fpcr
    }

    #[inline]
    pub(super) fn is_standard(fpcr: u64) -> bool {
        fpcr == 0
    }

    /// Bits in the order of [`CHANGES`].
    pub(super) fn differences(fpcr: u64) -> u8 {
        let rounding = fpcr & (0b11 << 22) != 0;
        let trapped = fpcr & 0x9f00 != 0;
        let subnormal = fpcr & !(0b11 << 22 | 0x9f00) != 0;
        u8::from(rounding) | u8::from(subnormal) << 1 | u8::from(trapped) << 2
    }

    #[cold]
    pub(super) fn write(fpcr: u64) {
        // SAFETY: a word that was read, or the standard one.
        unsafe { asm!("msr fpcr, {}", in(reg) fpcr, options(nostack)) };
    }

    pub(super) fn write_standard() {
        write(0);
    }
}

/// Other processors: nothing is known of their words.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod words {
    pub(super) const CHANGES: [&str; 0] = [];

    pub(super) fn read() {}

    pub(super) fn is_standard((): ()) -> bool {
        true
    }

    pub(super) fn differences((): ()) -> u8 {
        0
    }

    pub(super) fn write((): ()) {}

    pub(super) fn write_standard() {}
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    /// A quotient that is taken here: the compiler does not know of the words, and would take it after they were written again.
    fn quotient(a: f64, b: f64) -> f64 {
        std::hint::black_box(std::hint::black_box(a) / std::hint::black_box(b))
    }

    /// 1/3 rounded as the unit is told to.
    fn third() -> f64 {
        quotient(1.0, 3.0)
    }

    /// The smallest normal number, halved.
    fn subnormal() -> f64 {
        quotient(f64::MIN_POSITIVE, 2.0)
    }

    #[test]
    fn what_a_plugin_sets_ends_with_its_call_and_waits_while_it_asks() {
        take_changes();
        let (nearest, upward) = ((0x1f80, 0x037f), (0x1f80 | 0x4000 | 0x8040, 0x037f & !0x0100));
        let exact = third();
        let (inside, asked, after) = lend(|| {
            words::write(upward);
            let inside = (third(), subnormal());
            let asked = reclaim(|| (third(), subnormal()));
            (inside, asked, third())
        });
        assert!(inside.0 > exact && inside.1 == 0.0, "the plugin has what it set");
        assert!(asked.0 == exact && asked.1 > 0.0, "the host has not");
        assert_eq!(after, inside.0, "after a question the plugin has its own again");
        assert_eq!((third(), words::is_standard(words::read())), (exact, true));
        let said = take_changes();
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(said[0].contains("rounding") && said[1].contains("subnormal") && said[2].contains("x87"), "{said:?}");
        assert!(take_changes().is_empty());
        words::write(nearest);
    }
}
