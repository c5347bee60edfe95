/// Assumed where the processor does not tell: what cores had for years.
const USUAL_SECOND_LEVEL: usize = 1 << 20;

/// Bytes of a core's own second-level cache. Only the order of work depends on it, never a result.
pub(crate) fn second_level() -> usize {
    static BYTES: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    *BYTES.get_or_init(|| detect().filter(|bytes| (1 << 17..1 << 27).contains(bytes)).unwrap_or(USUAL_SECOND_LEVEL))
}

/// The deterministic cache parameters: leaf 4 of `cpuid` (Intel) or leaf 0x8000_001d (AMD), which have one layout.
#[cfg(target_arch = "x86_64")]
fn detect() -> Option<usize> {
    use std::arch::x86_64::{__cpuid, __cpuid_count};
    let leaf = [4, 0x8000_001d]
        .into_iter()
        .find(|&leaf| __cpuid(leaf & 0x8000_0000).eax >= leaf && __cpuid_count(leaf, 0).eax & 31 != 0)?;
    (0..8).map(|index| __cpuid_count(leaf, index)).take_while(|found| found.eax & 31 != 0).find_map(|found| {
        let (level, instructions_only) = ((found.eax >> 5) & 7, found.eax & 31 == 2);
        let (line, partitions, ways) =
            ((found.ebx & 0xfff) + 1, ((found.ebx >> 12) & 0x3ff) + 1, (found.ebx >> 22) + 1);
        let bytes = u64::from(line) * u64::from(partitions) * u64::from(ways) * (u64::from(found.ecx) + 1);
        (level == 2 && !instructions_only).then(|| usize::try_from(bytes).ok())?
    })
}

#[cfg(not(target_arch = "x86_64"))]
fn detect() -> Option<usize> {
    None
}
