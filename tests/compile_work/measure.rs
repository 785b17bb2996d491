//! What a compilation takes: processor time and memory.

use std::fs;
use std::thread;
use std::time::Duration;

use vellum::contract::{Checks, Imports, engine_config, prepare};
use wasmtime::{Engine, Module};

/// What one compilation takes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Taken {
    /// Processor time, in nanoseconds.
    pub time: u64,
    /// Maximum of the memory that is allocated at once, in bytes.
    pub memory: u64,
}

/// The processor time of this thread so far, in nanoseconds. Other processes do not change it, as they change the time on a clock.
pub fn processor_time() -> u64 {
    // The kernel adds up the time when the thread stops running.
    thread::sleep(Duration::from_micros(1));
    let said = fs::read_to_string("/proc/thread-self/schedstat").expect("the kernel counts the time of a thread");
    said.split(' ').next().and_then(|time| time.parse().ok()).expect("schedstat begins with nanoseconds")
}

/// Compiles a contract as deployment does, with these checks.
pub fn compile(wasm: &[u8], checks: Checks) -> Result<Taken, String> {
    let engine = Engine::new(&engine_config()).map_err(|error| error.to_string())?;
    let start = processor_time();
    let mut outcome = Ok(());
    let allocated = allocation_counter::measure(|| {
        outcome = prepare(wasm, &Imports::default(), checks)
            .map_err(|error| error.to_string())
            .and_then(|prepared| Module::from_binary(&engine, &prepared.wasm).map_err(|error| format!("{error:#}")))
            .map(drop);
    });
    outcome?;
    Ok(Taken { time: processor_time() - start, memory: allocated.bytes_max })
}
