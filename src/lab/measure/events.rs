//! What processor and kernel count of a thread's work, where they are there and this process may ask.

use std::collections::BTreeMap;

use crate::paging::Unavailable;

/// Something that processor or kernel count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Instructions of the process itself.
    UserInstructions,
    /// Instructions that the kernel executes for it.
    KernelInstructions,
    /// Page faults of its own accesses.
    UserPageFaults,
    /// Page faults of the kernel's accesses for it.
    KernelPageFaults,
    /// How often the processor was taken from the thread, or given up by it.
    ContextSwitches,
}

impl Event {
    /// All of them.
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

    /// The event whose counts have a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }

    /// Whether it can be counted here.
    ///
    /// # Errors
    /// Why not, and what would help.
    pub fn availability(self) -> Result<(), Unavailable> {
        kernel::availability(self)
    }
}

/// Counters of this thread.
#[derive(Debug)]
pub struct Events {
    counters: kernel::Counters,
    /// What beginning and ending to count adds.
    nothing: Reading,
}

/// What was counted, in the order of the counters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading(Vec<u64>);

impl Reading {
    /// What this has more than another, event by event.
    pub fn less(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(count, less)| count.saturating_sub(*less)).collect())
    }
}

/// How often the same is counted: what the machine does in between then weighs on no more than two of them.
const TIMES: usize = 5;

impl Events {
    fn of_this_thread() -> Self {
        let mut events = Self { counters: kernel::Counters::of_this_thread(), nothing: Reading::default() };
        let empty: Vec<Reading> = (0..TIMES).map(|_| events.count(|| ())).collect();
        events.nothing = events.lowest(&empty);
        events
    }

    /// Counts what happens in the meantime.
    pub fn count(&mut self, work: impl FnOnce()) -> Reading {
        let found = Reading(self.counters.count(work));
        match self.nothing.0.is_empty() {
            true => found,
            false => found.less(&self.nothing),
        }
    }

    fn lowest(&self, readings: &[Reading]) -> Reading {
        let counters = 0..self.counters.events().len();
        let lowest = |counter: usize| readings.iter().filter_map(|reading| reading.0.get(counter)).min().copied();
        Reading(counters.map(|counter| lowest(counter).unwrap_or(0)).collect())
    }
}

/// Counts something a few times, and gives the median for each event that can be counted, by its name.
///
/// # Errors
/// What fails while it is counted.
pub fn events<E>(mut once: impl FnMut(&mut Events) -> Result<Reading, E>) -> Result<BTreeMap<String, u64>, E> {
    let mut events = Events::of_this_thread();
    if events.counters.events().is_empty() {
        return Ok(BTreeMap::new());
    }
    let readings = (0..TIMES).map(|_| once(&mut events)).collect::<Result<Vec<Reading>, E>>()?;
    let median = |(counter, event): (usize, &Event)| {
        let mut counts: Vec<u64> = readings.iter().filter_map(|reading| reading.0.get(counter).copied()).collect();
        counts.sort_unstable();
        Some((event.name().to_owned(), *counts.get(counts.len() / 2)?))
    };
    Ok(events.counters.events().iter().enumerate().filter_map(median).collect())
}

#[cfg(all(target_os = "linux", feature = "counters"))]
mod kernel {
    //! `perf_event_open`.

    use std::fs;
    use std::io::{self, ErrorKind};

    use perf_event::events::{Event as Kind, Hardware, Software};
    use perf_event::{Builder, Counter, Group};

    use super::{Event, Unavailable};

    /// Counters that begin and end together. Without any, nothing is counted.
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

        /// An event that a group would refuse is not asked of it: the group would then expect one more than it has.
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

        /// Counts what happens in the meantime; nothing if the processor's counters were not ours all the time.
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
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::Unsupported => Unavailable::new(
                format!("the processor shows this process no such counter ({error})"),
                "a machine of its own, or a virtual one that is given the performance counters",
            ),
            ErrorKind::PermissionDenied => {
                let level = fs::read_to_string("/proc/sys/kernel/perf_event_paranoid");
                let level = level.map_or_else(|_| "unknown".to_owned(), |level| level.trim().to_owned());
                Unavailable::new(
                    format!("the kernel does not allow it to this process (kernel.perf_event_paranoid is {level})"),
                    "sudo sysctl kernel.perf_event_paranoid=1, or the capability CAP_PERFMON",
                )
            }
            _ => Unavailable::new(
                format!("perf_event_open failed: {error}"),
                "a kernel with performance events (CONFIG_PERF_EVENTS), and a sandbox that lets the call through",
            ),
        }
    }
}

#[cfg(not(all(target_os = "linux", feature = "counters")))]
mod kernel {
    //! No counters are asked for here.

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
            "this program was built without the counters of Linux",
            "a build for Linux, with the feature counters",
        ))
    }
}
