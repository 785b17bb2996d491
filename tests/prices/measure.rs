//! What a call takes: processor time, and gas.

use std::fs;
use std::thread;
use std::time::Duration;

use vellum::paging::PagerKind;
use vellum::receipt::Call;
use vellum::units::Gas;
use vellum::vm::Vm;

/// How long a row is measured, at least, in nanoseconds.
const LEAST: u64 = 6_000_000;

/// A row is measured this often, and the least time counts: other programs on the processor only add to it.
const TIMES: usize = 3;

/// The processor time of this thread so far, in nanoseconds. Other processes do not change it, as they change the time on a clock.
fn processor_time() -> u64 {
    // The kernel adds up the time when the thread stops running.
    thread::sleep(Duration::from_micros(1));
    let said = fs::read_to_string("/proc/thread-self/schedstat").expect("the kernel counts the time of a thread");
    said.split(' ').next().and_then(|time| time.parse().ok()).expect("schedstat begins with nanoseconds")
}

/// Time and gas.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    /// Processor time, in nanoseconds.
    pub time: u64,
    pub gas: u64,
    /// How often it was done, for [`each`](Self::each).
    pub rounds: u64,
}

impl Taken {
    /// Nanoseconds for a unit of gas.
    pub fn rate(self) -> f64 {
        self.time as f64 / self.gas as f64
    }

    /// What each time took.
    pub fn each(self, unrolled: usize) -> Self {
        let times = self.rounds * unrolled as u64;
        Self { time: self.time / times, gas: self.gas / times, rounds: 1 }
    }

    fn without(self, other: Self) -> Self {
        Self {
            time: self.time.saturating_sub(other.time),
            gas: self.gas - other.gas,
            rounds: self.rounds - other.rounds,
        }
    }
}

/// Runs a call and undoes it.
pub fn run(vm: &Vm, call: &Call, pager: PagerKind) -> Taken {
    let call = call.clone().gas(Gas(1 << 60)).pager(pager);
    let start = processor_time();
    let receipt = vm.run(&call).dry().expect("no failure of the host");
    let time = processor_time() - start;
    assert!(receipt.is_returned(), "{:?}", receipt.status);
    Taken { time, gas: receipt.gas_used.0, rounds: 1 }
}

/// What a call takes whose argument is a number of rounds, without what it takes with one round.
pub fn rounds(vm: &Vm, call: impl Fn(i32) -> Call, most: i32, pager: PagerKind) -> Taken {
    let mut rounds = most.min(16);
    let once = |rounds: i32| Taken { rounds: rounds as u64, ..run(vm, &call(rounds), pager) };
    let least = |rounds| (0..TIMES).map(|_| once(rounds)).min_by_key(|taken| taken.time).expect("some");
    let one = least(1);
    loop {
        let taken = once(rounds).without(one);
        if taken.time >= LEAST || rounds == most {
            return least(rounds).without(one);
        }
        rounds = (rounds * if taken.time < LEAST / 16 { 8 } else { 2 }).min(most);
    }
}

/// What a whole call takes.
pub fn whole(vm: &Vm, call: &Call, pager: PagerKind) -> Taken {
    (0..=TIMES).map(|_| run(vm, call, pager)).min_by_key(|taken| taken.time).expect("some")
}
