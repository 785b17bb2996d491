//! Signals that ask the program to stop, and still let it write what it has found.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{fmt, fs, io, process, thread};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use vellum::lab::Interrupt;

/// How often is looked whether a signal has come.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What a command has after a signal to come to an end of its own.
const GRACE: Duration = Duration::from_secs(1);

/// A signal that asks the program to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// The system, or who runs the program, wants it to end.
    Terminate,
    /// The terminal has gone.
    HangUp,
}

impl Signal {
    const ALL: [Self; 3] = [Self::Interrupt, Self::Terminate, Self::HangUp];

    fn number(self) -> i32 {
        match self {
            Self::Interrupt => SIGINT,
            Self::Terminate => SIGTERM,
            Self::HangUp => SIGHUP,
        }
    }

    /// What a program ends with that this signal has ended: 130, 143 or 129.
    pub fn exit_status(self) -> u8 {
        128 + self.number() as u8
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
            Self::HangUp => "SIGHUP",
        })
    }
}

/// Whether a signal has come. A second one ends the process at once.
#[derive(Debug, Default, Clone)]
pub struct Signals {
    /// The number of the last one, or 0.
    number: Arc<AtomicUsize>,
    any: Arc<AtomicBool>,
}

impl Signals {
    /// From now on signals are noted, and no longer end the process.
    pub fn listen() -> io::Result<Self> {
        let signals = Self::default();
        // `nohup` has a program ignore that its terminal has gone.
        for signal in Signal::ALL.into_iter().filter(|signal| *signal != Signal::HangUp || !is_ignored(SIGHUP)) {
            let number = signal.number();
            flag::register_conditional_shutdown(number, signal.exit_status().into(), signals.any.clone())?;
            flag::register_usize(number, signals.number.clone(), number as usize)?;
            // Last, so that whoever sees it finds the number too.
            flag::register(number, signals.any.clone())?;
        }
        Ok(signals)
    }

    /// The signal that has come, if one has.
    pub fn came(&self) -> Option<Signal> {
        let number = self.number.load(Ordering::SeqCst);
        Signal::ALL.into_iter().find(|signal| signal.number() as usize == number)
    }

    /// Has the process end, if it still runs some time after a signal, by what makes its last words and with the status of the
    /// signal. What it is in the middle of may take as long as a contract has gas for; a commit is whole or not at all.
    pub fn end_process(&self, last_words: impl Fn(Signal) + Send + 'static) -> io::Result<()> {
        let signals = self.clone();
        let watch = move || {
            let signal = loop {
                match signals.came() {
                    Some(signal) => break signal,
                    None => thread::sleep(LOOK_EVERY),
                }
            };
            thread::sleep(GRACE);
            // Nobody may be reading: then there are no last words.
            let speaker = thread::spawn(move || last_words(signal));
            let since = Instant::now();
            while !speaker.is_finished() && since.elapsed() < GRACE {
                thread::sleep(LOOK_EVERY);
            }
            process::exit(signal.exit_status().into())
        };
        thread::Builder::new().name("signals".to_owned()).spawn(watch).map(drop)
    }

    /// What stops a measurement when a signal comes.
    pub fn interrupt(&self) -> Interrupt {
        self.any.clone().into()
    }
}

/// Whether the process was started with a signal ignored, where the system says so.
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask & (1 << (signal - 1)) != 0
}
