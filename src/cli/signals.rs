//! Signals that ask the program to stop. It can still write its results until then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{fmt, fs, io, process, thread};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use vellum::lab::Interrupt;

/// How often to look for a signal.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The time after a signal in which a command can end by itself.
const GRACE: Duration = Duration::from_secs(1);

/// A signal that asks the program to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// The system or the user asks the program to end.
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

    /// Returns the exit status of a program that this signal ends: 130, 143 or 129.
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

/// Notes the signals that arrive. A second signal ends the process at once.
#[derive(Debug, Default, Clone)]
pub struct Signals {
    /// The number of the last signal, or 0.
    number: Arc<AtomicUsize>,
    any: Arc<AtomicBool>,
}

impl Signals {
    /// Starts to note signals. They no longer end the process.
    pub fn listen() -> io::Result<Self> {
        let signals = Self::default();
        // Under `nohup` SIGHUP is ignored, and stays so.
        for signal in Signal::ALL.into_iter().filter(|signal| *signal != Signal::HangUp || !is_ignored(SIGHUP)) {
            let number = signal.number();
            flag::register_conditional_shutdown(number, signal.exit_status().into(), signals.any.clone())?;
            flag::register_usize(number, signals.number.clone(), number as usize)?;
            // Registered last: when this flag is set, the number is set too.
            flag::register(number, signals.any.clone())?;
        }
        Ok(signals)
    }

    /// Lets writing beyond a limit to the length of files fail with an error, in place of a signal that ends the process.
    pub fn survive_file_length_limit() -> io::Result<()> {
        flag::register(SIGXFSZ, Arc::default()).map(drop)
    }

    /// Returns the signal that has arrived.
    pub fn received(&self) -> Option<Signal> {
        let number = self.number.load(Ordering::SeqCst);
        Signal::ALL.into_iter().find(|signal| signal.number() as usize == number)
    }

    /// Ends the process with the status of a signal if it still runs a second after it. A call may run as long as it has gas, so
    /// the end may interrupt one; commits are atomic. `print` prints the failure before the end.
    pub fn end_process(&self, print: impl Fn(Signal) + Send + 'static) -> io::Result<()> {
        let signals = self.clone();
        let watch = move || {
            let signal = loop {
                match signals.received() {
                    Some(signal) => break signal,
                    None => thread::sleep(LOOK_EVERY),
                }
            };
            thread::sleep(GRACE);
            // The reader of the output may be blocked, so printing has a time limit too.
            let printer = thread::spawn(move || print(signal));
            let since = Instant::now();
            while !printer.is_finished() && since.elapsed() < GRACE {
                thread::sleep(LOOK_EVERY);
            }
            process::exit(signal.exit_status().into())
        };
        thread::Builder::new().name("signals".to_owned()).spawn(watch).map(drop)
    }

    /// Returns the flag that stops a measurement when a signal arrives.
    pub fn interrupt(&self) -> Interrupt {
        self.any.clone().into()
    }
}

/// True if the process was started with a signal ignored. Returns false if the system does not tell.
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask & (1 << (signal - 1)) != 0
}
