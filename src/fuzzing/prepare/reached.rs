//! What prepared modules have reached.

use crate::fuzzing::counts::counts;

counts! {
    /// What prepared modules have reached.
    PrepareReached:
    /// Modules that were run.
    modules
    /// Calls that returned.
    returned
    /// Calls that trapped.
    trapped
    /// Calls for which gas, depth or stack did not suffice.
    unfinished
    /// Faults before something was read.
    read_faults
    /// Faults before something was written.
    write_faults
    /// Calls that left other bytes in storage.
    wrote
}
