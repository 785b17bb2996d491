//! Counts of the situations that prepared modules reach.

use crate::fuzzing::counts::counts;

counts! {
    /// How often prepared modules reached each situation.
    PrepareReached:
    /// Modules that ran.
    modules
    /// Calls that returned.
    returned
    /// Calls that trapped.
    trapped
    /// Calls that ran out of gas, call depth or stack.
    unfinished
    /// Software faults of reads.
    read_faults
    /// Software faults of writes.
    write_faults
    /// Calls that changed storage.
    wrote
    /// Calls that were compared with another form of storage.
    in_other_forms
}
