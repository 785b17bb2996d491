//! What the running call may use of the limits that hold for a whole transaction.
//!
//! Like gas, it is handed down: a callee may use all but 1/64 of what its caller has left. So a callee that uses everything up, and
//! returns, leaves its caller something, and going over a limit halts the callee alone.

use crate::limits::{
    FREE_CALL_MEMORY_BYTES, MAX_CALL_MEMORY_BYTES, MAX_CHANGED_PAGES, MAX_EVENT_BYTES, MAX_EVENTS, MAX_LOG_BYTES,
    MAX_VISITED_CODE_BYTES, MAX_VISITED_CONTRACTS,
};

/// A caller keeps 1 / `KEPT_SHARE`, rounded up, of what it has left.
const KEPT_SHARE: usize = 64;

/// What a transaction has used, or may have used when the running call ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Use {
    /// Number of events.
    pub(super) events: usize,
    /// Bytes of the data of events.
    pub(super) event_bytes: usize,
    /// Bytes of log texts, each with what an entry counts.
    pub(super) log_bytes: usize,
    /// Number of visited contracts.
    pub(super) contracts: usize,
    /// Bytes of their code as deployed.
    pub(super) code_bytes: usize,
    /// Bytes of own memories, windows, inputs and outputs of the running calls, as [`CallMemory`] counts them.
    pub(super) memory_bytes: usize,
    /// Number of changed pages, once for each running call that has changed them. To count them takes time, so it is done only for
    /// calls that may exceed their allowance. What a caller has changed is not known: it keeps its share of the whole limit.
    pub(super) changed_pages: usize,
}

/// The memory of the running calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct CallMemory {
    /// What the waiting calls use of the limit.
    callers: usize,
    /// Bytes of the running call.
    call: usize,
    /// Bytes of the output of its last nested call.
    returned: usize,
}

impl CallMemory {
    /// The memory of a call that the running call makes.
    pub(super) fn of_callee(self) -> Self {
        Self { callers: self.used(), ..Self::default() }
    }

    /// What the running calls use of the limit.
    pub(super) fn used(self) -> usize {
        self.callers + (self.call + self.returned).saturating_sub(FREE_CALL_MEMORY_BYTES)
    }

    /// With more bytes of the running call.
    pub(super) fn with(self, bytes: usize) -> Self {
        Self { call: self.call.saturating_add(bytes), ..self }
    }

    /// With the output of a nested call.
    pub(super) fn with_returned(self, bytes: usize) -> Self {
        Self { returned: bytes, ..self }
    }

    /// What the waiting calls use when the running one has given its output to its caller.
    pub(super) fn after_output(self, bytes: usize) -> usize {
        self.callers + bytes
    }
}

/// The use at which the running call halts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowance(Use);

impl Allowance {
    /// The allowance of a top-level call.
    pub(super) const TRANSACTION: Self = Self(Use {
        events: MAX_EVENTS,
        event_bytes: MAX_EVENT_BYTES,
        log_bytes: MAX_LOG_BYTES,
        contracts: MAX_VISITED_CONTRACTS,
        code_bytes: MAX_VISITED_CODE_BYTES,
        memory_bytes: MAX_CALL_MEMORY_BYTES,
        changed_pages: MAX_CHANGED_PAGES,
    });

    /// Returns the allowance of a call that this one makes after some use.
    pub(super) fn of_callee(self, used: Use) -> Self {
        let share = |limit: usize, used: usize| limit - limit.saturating_sub(used).div_ceil(KEPT_SHARE);
        Self(Use {
            events: share(self.0.events, used.events),
            event_bytes: share(self.0.event_bytes, used.event_bytes),
            log_bytes: share(self.0.log_bytes, used.log_bytes),
            contracts: share(self.0.contracts, used.contracts),
            code_bytes: share(self.0.code_bytes, used.code_bytes),
            memory_bytes: share(self.0.memory_bytes, used.memory_bytes),
            changed_pages: share(self.0.changed_pages, used.changed_pages),
        })
    }

    /// The number of changed pages at which the running call halts.
    pub(super) fn changed_pages(self) -> usize {
        self.0.changed_pages
    }

    /// Returns what is exceeded by a use, for the message of a halt; `None` if it is allowed.
    pub(super) fn exceeded_by(self, used: Use) -> Option<String> {
        let limits = [
            (used.events, self.0.events, MAX_EVENTS, "events"),
            (used.event_bytes, self.0.event_bytes, MAX_EVENT_BYTES, "bytes of events"),
            (used.log_bytes, self.0.log_bytes, MAX_LOG_BYTES, "bytes of text"),
            (used.contracts, self.0.contracts, MAX_VISITED_CONTRACTS, "visited contracts"),
            (used.code_bytes, self.0.code_bytes, MAX_VISITED_CODE_BYTES, "bytes of the code of visited contracts"),
            (used.memory_bytes, self.0.memory_bytes, MAX_CALL_MEMORY_BYTES, "bytes of memory of the running calls"),
            (used.changed_pages, self.0.changed_pages, MAX_CHANGED_PAGES, "changed pages"),
        ];
        let (_, allowed, limit, what) = limits.into_iter().find(|(used, allowed, ..)| used > allowed)?;
        if allowed == limit {
            return Some(format!("more than {limit} {what} in one transaction"));
        }
        Some(format!("more than the {what} that its callers left to this call, of {limit} in one transaction"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_always_keeps_something_of_what_it_has_left() {
        for events in 0..MAX_EVENTS {
            let used = Use { events, ..Use::default() };
            let Allowance(callee) = Allowance::TRANSACTION.of_callee(used);
            assert!((events..MAX_EVENTS).contains(&callee.events), "{events}");
            assert_eq!(MAX_EVENTS - callee.events, (MAX_EVENTS - events).div_ceil(64));
        }
    }

    #[test]
    fn an_allowance_that_is_handed_down_without_end_is_used_up() {
        let mut allowance = Allowance::TRANSACTION;
        for _ in 0..10_000 {
            allowance = allowance.of_callee(Use::default());
        }
        assert_eq!(allowance, Allowance(Use::default()));
        let message = allowance.exceeded_by(Use { events: 1, ..Use::default() }).unwrap();
        assert_eq!(message, "more than the events that its callers left to this call, of 1024 in one transaction");
    }
}
