//! Performance counters of the processor and the kernel for one thread, as far as this process may use them.

use std::collections::BTreeMap;

use crate::paging::Unavailable;

/// An event that the processor or the kernel counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Instructions executed in user mode.
    UserInstructions,
    /// Instructions executed in the kernel for the thread.
    KernelInstructions,
    /// Page faults in user mode.
    UserPageFaults,
    /// Page faults in the kernel for the thread.
    KernelPageFaults,
    /// Switches away from the thread, voluntary or not.
    ContextSwitches,
}

impl Event {
    /// All events.
    pub const ALL: [Self; 5] = [
        Self::UserInstructions,
        Self::KernelInstructions,
        Self::UserPageFaults,
        Self::KernelPageFaults,
        Self::ContextSwitches,
    ];

    /// The name among an arm's counts.
    pub fn name(self) -> &'static str {
        match self {
            Self::UserInstructions => "instructions (user)",
            Self::KernelInstructions => "instructions (kernel)",
            Self::UserPageFaults => "page faults (user)",
            Self::KernelPageFaults => "page faults (kernel)",
            Self::ContextSwitches => "context switches",
        }
    }

    /// The event with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }

    /// Whether this process can count the event.
    ///
    /// # Errors
    /// Why it cannot, and what would enable it.
    pub fn availability(self) -> Result<(), Unavailable> {
        kernel::availability(self)
    }
}

/// The event counters of this thread.
#[derive(Debug)]
pub struct EventCounters {
    counters: kernel::Counters,
    /// The counts of starting and stopping the counters.
    overhead: Reading,
}

/// Counts, in the order of the counters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading(Vec<u64>);

impl Reading {
    /// This reading minus another, event by event; never below 0.
    pub fn minus(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(count, less)| count.saturating_sub(*less)).collect())
    }
}

/// How many times the same work is counted. The median then tolerates two disturbed readings.
const REPETITIONS: usize = 5;

impl EventCounters {
    fn of_this_thread() -> Self {
        let mut counters = Self { counters: kernel::Counters::of_this_thread(), overhead: Reading::default() };
        let empty: Vec<Reading> = (0..REPETITIONS).map(|_| counters.count(|| ())).collect();
        counters.overhead = counters.lowest(&empty);
        counters
    }

    /// Counts the events of `work`.
    pub fn count(&mut self, work: impl FnOnce()) -> Reading {
        let found = Reading(self.counters.count(work));
        if self.overhead.0.is_empty() { found } else { found.minus(&self.overhead) }
    }

    fn lowest(&self, readings: &[Reading]) -> Reading {
        let counters = 0..self.counters.events().len();
        let lowest = |counter: usize| readings.iter().filter_map(|reading| reading.0.get(counter)).min().copied();
        Reading(counters.map(|counter| lowest(counter).unwrap_or(0)).collect())
    }
}

/// Counts the same work several times. Returns the median of each countable event, by name.
///
/// # Errors
/// The first error of `once`.
pub fn count_events<E>(
    mut once: impl FnMut(&mut EventCounters) -> Result<Reading, E>,
) -> Result<BTreeMap<String, u64>, E> {
    let mut counters = EventCounters::of_this_thread();
    if counters.counters.events().is_empty() {
        return Ok(BTreeMap::new());
    }
    let readings = (0..REPETITIONS).map(|_| once(&mut counters)).collect::<Result<Vec<Reading>, E>>()?;
    let median = |(counter, event): (usize, &Event)| {
        let mut counts: Vec<u64> = readings.iter().filter_map(|reading| reading.0.get(counter).copied()).collect();
        counts.sort_unstable();
        Some((event.name().to_owned(), *counts.get(counts.len() / 2)?))
    };
    Ok(counters.counters.events().iter().enumerate().filter_map(median).collect())
}

#[cfg(all(target_os = "linux", feature = "counters"))]
mod kernel {
    //! `perf_event_open`.

    use std::fs;
    use std::io::{self, ErrorKind};

    use perf_event::events::{Event as Kind, Hardware, Software};
    use perf_event::{Builder, Counter, Group};

    use super::{Event, Unavailable};

    /// Counters that start and stop together. Without a group nothing is counted.
    #[derive(Debug)]
    pub struct Counters {
        group: Option<Group>,
        counters: Vec<Counter>,
        events: Vec<Event>,
    }

    impl Counters {
        pub fn of_this_thread() -> Self {
            let none = Self { group: None, counters: Vec::new(), events: Vec::new() };
            Self::open().unwrap_or(none)
        }

        /// Adds only available events: after a refused one, the group would expect a counter that it does not have.
        fn open() -> io::Result<Self> {
            let events: Vec<Event> = Event::ALL.into_iter().filter(|event| availability(*event).is_ok()).collect();
            let mut group = Group::new()?;
            let counters = events.iter().map(|event| builder(*event).group(&mut group).build());
            let counters = counters.collect::<io::Result<Vec<Counter>>>()?;
            Ok(Self { group: Some(group), counters, events })
        }

        pub fn events(&self) -> &[Event] {
            &self.events
        }

        /// Counts the events of `work`. Returns nothing if the counters were shared with another process meanwhile.
        pub fn count(&mut self, work: impl FnOnce()) -> Vec<u64> {
            let begun = self.group.as_mut().map(|group| group.reset().and_then(|()| group.enable()));
            work();
            let (Some(group), Some(Ok(()))) = (&mut self.group, begun) else { return Vec::new() };
            match group.disable().and_then(|()| group.read()) {
                Ok(counts) if counts.time_running() == counts.time_enabled() => {
                    self.counters.iter().map(|counter| counts[counter]).collect()
                }
                _ => Vec::new(),
            }
        }
    }

    fn builder<'a>(event: Event) -> Builder<'a> {
        let kind: Kind = match event {
            Event::UserInstructions | Event::KernelInstructions => Hardware::INSTRUCTIONS.into(),
            Event::UserPageFaults | Event::KernelPageFaults => Software::PAGE_FAULTS.into(),
            Event::ContextSwitches => Software::CONTEXT_SWITCHES.into(),
        };
        let mut builder = Builder::new().kind(kind);
        match event {
            Event::UserInstructions | Event::UserPageFaults => builder.exclude_kernel(true),
            Event::KernelInstructions | Event::KernelPageFaults => builder.exclude_user(true).exclude_kernel(false),
            Event::ContextSwitches => builder.exclude_kernel(false),
        };
        builder
    }

    pub fn availability(event: Event) -> Result<(), Unavailable> {
        builder(event).build().map(drop).map_err(|error| why(&error))
    }

    fn why(error: &io::Error) -> Unavailable {
        if let Some(lack) = Unavailable::for_lack_of_descriptors(error) {
            return lack;
        }
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::Unsupported => Unavailable::new(
                format!("the processor does not offer this counter to this process ({error})"),
                "a physical host, or a virtual one with access to the performance counters",
            ),
            ErrorKind::PermissionDenied => {
                let level = fs::read_to_string("/proc/sys/kernel/perf_event_paranoid");
                let level = level.map_or_else(|_| "unknown".to_owned(), |level| level.trim().to_owned());
                Unavailable::new(
                    format!("the kernel denies this process the counter (kernel.perf_event_paranoid is {level})"),
                    "sudo sysctl kernel.perf_event_paranoid=1, or the capability CAP_PERFMON",
                )
            }
            _ => Unavailable::new(
                format!("perf_event_open failed: {error}"),
                "a kernel with performance events (CONFIG_PERF_EVENTS), and a sandbox that allows the call",
            ),
        }
    }
}

#[cfg(not(all(target_os = "linux", feature = "counters")))]
mod kernel {
    //! A build without counters.

    use super::{Event, Unavailable};

    #[derive(Debug)]
    pub struct Counters;

    impl Counters {
        pub fn of_this_thread() -> Self {
            Self
        }

        pub fn events(&self) -> &[Event] {
            &[]
        }

        pub fn count(&mut self, work: impl FnOnce()) -> Vec<u64> {
            work();
            Vec::new()
        }
    }

    pub fn availability(_: Event) -> Result<(), Unavailable> {
        Err(Unavailable::new(
            "this program was built without performance counters",
            "a build for Linux with the feature `counters`",
        ))
    }
}
