//! What a run may take by default: more for larger inputs.
//!
//! A tree of some kilobytes is rendered in milliseconds. One that takes seconds was made to, so it is stopped long before the
//! limits that large trees need.

use std::time::Duration;

/// What a run may take, unless flags set other limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The computing time of the process.
    pub time: Duration,
    /// The memory of the process in bytes.
    pub memory: u64,
}

/// A debug build takes this many times as long.
const SLOWNESS: u64 = if cfg!(debug_assertions) { 10 } else { 1 };

impl Allowance {
    const MIN_TIME: Duration = Duration::from_secs(3 * SLOWNESS);
    /// The time for each byte that was read. An honest tree takes less than a hundredth of it.
    const NANOSECONDS_PER_BYTE: u64 = 15_000 * SLOWNESS;
    /// The time for each byte of the inputs of all targets.
    const NANOSECONDS_PER_INPUT_BYTE: u64 = 100 * SLOWNESS;
    const MIN_MEMORY: u64 = 400_000_000;
    const MAX_MEMORY: u64 = 1 << 30;
    const MEMORY_PER_BYTE: u64 = 100;

    /// Returns what a run may take that has read a number of bytes. `inputs` is the size of the inputs of all targets: what
    /// several targets include counts for each of them.
    pub fn for_input(bytes: u64, inputs: u64) -> Allowance {
        let nanoseconds = bytes.saturating_mul(Self::NANOSECONDS_PER_BYTE);
        let nanoseconds = nanoseconds.saturating_add(inputs.saturating_mul(Self::NANOSECONDS_PER_INPUT_BYTE));
        let memory = Self::MIN_MEMORY.saturating_add(bytes.saturating_mul(Self::MEMORY_PER_BYTE));
        Allowance {
            time: Self::MIN_TIME.saturating_add(Duration::from_nanos(nanoseconds)),
            memory: memory.min(Self::MAX_MEMORY),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_inputs_are_allowed_little() {
        let small = Allowance::for_input(100_000, 200_000);
        assert!(small.time < Duration::from_secs(5 * SLOWNESS), "{small:?}");
        assert!(small.memory < 420_000_000, "{small:?}");
    }

    #[test]
    fn large_inputs_are_allowed_much() {
        let large = Allowance::for_input(10_000_000, 10_000_000);
        assert!(large.time > Duration::from_secs(100), "{large:?}");
        assert_eq!(large.memory, Allowance::MAX_MEMORY);
        assert_eq!(Allowance::for_input(u64::MAX, u64::MAX).memory, Allowance::MAX_MEMORY);
    }
}
