//! Runs one module in five hosts, call by call, and compares them.

use arbitrary::Unstructured;
use wasmtime::{Result, Val, ValType, bail};

use super::reached::PrepareReached;
use crate::contract::host::{DEPTH_IS_USED_UP, Host, Outcome, Remains, Variant};
use crate::contract::{Checks, Imports, names, prepare};
use crate::fuzzing::pseudo_random;
use crate::limits::CALL_DEPTH;

/// Fuel of a call: enough for code that ends by itself, and little enough to stop endless loops soon.
const FUEL: u64 = 200_000;

/// The greatest number of exports to call of one module, and how often to call each.
const MOST_FUNCTIONS: usize = 8;
const ROUNDS: usize = 3;

pub(super) struct Hosts {
    original: Host,
    prepared: [Host; 4],
    /// True while the original can be compared. Its gas and its stack have other limits: once it has met one of them, its
    /// memory differs.
    original_is_comparable: bool,
    /// The storage after the last call.
    storage: Vec<u8>,
    reached: PrepareReached,
}

/// Prepares a module with every kind of page checks. Returns an error if one of them fails.
pub(super) fn can_be_prepared(wasm: &[u8]) -> Result<()> {
    for checks in Checks::KINDS {
        if let Err(error) = prepare(wasm, &Imports::default(), checks) {
            bail!("a valid module cannot be prepared with {checks:?}: {error}");
        }
    }
    Ok(())
}

impl Hosts {
    /// Creates the five hosts, or returns `None` if the module traps when it is instantiated.
    pub(super) fn of(original: &[u8], wasm: &[u8], wasm_pages: u32) -> Result<Option<Self>> {
        can_be_prepared(wasm)?;
        let original = Host::build(original, Variant::Original, wasm_pages);
        let prepared = Checks::KINDS.map(|checks| Host::build(wasm, Variant::Prepared(checks), wasm_pages));
        let said = |host: &Result<Host>| host.as_ref().err().map(|error| error.root_cause().to_string());
        let expected = said(&original);
        for (checks, host) in Checks::KINDS.into_iter().zip(&prepared) {
            if said(host) != expected {
                bail!("with {checks:?} instantiation fails with {:?}, but without with {expected:?}", said(host));
            }
        }
        let mut ready = prepared.into_iter().filter_map(Result::ok);
        let prepared = [(); 4].map(|()| ready.next());
        let (Ok(original), [Some(none), Some(bulk), Some(writes), Some(all)]) = (original, prepared) else {
            return Ok(None);
        };
        let reached = PrepareReached { modules: 1, ..PrepareReached::default() };
        let prepared = [none, bulk, writes, all];
        Ok(Some(Self { original, prepared, original_is_comparable: true, storage: Vec::new(), reached }))
    }

    /// Calls every export several times with random arguments.
    pub(super) fn run(mut self, seed: u64) -> Result<PrepareReached> {
        let bytes = pseudo_random(seed, 2_000);
        let mut u = Unstructured::new(&bytes);
        let functions = self.original.functions();
        self.storage = self.original.remains()?.storage;
        for _ in 0..ROUNDS {
            for (name, params) in functions.iter().take(MOST_FUNCTIONS) {
                let arguments = params.iter().map(|ty| argument(ty, &mut u)).collect::<arbitrary::Result<Vec<_>>>();
                let arguments = arguments.unwrap_or_else(|_| params.iter().map(zero).collect());
                self.call(name, &arguments)?;
            }
            for host in &mut self.prepared {
                host.put_pages_away()?;
            }
        }
        Ok(self.reached)
    }

    fn call(&mut self, name: &str, arguments: &[Val]) -> Result<()> {
        let in_call = |error: wasmtime::Error| error.context(format!("{name} of {arguments:?}"));
        self.compare(name, arguments).map_err(in_call)
    }

    fn compare(&mut self, name: &str, arguments: &[Val]) -> Result<()> {
        let mut seen = Vec::new();
        for host in &mut self.prepared {
            seen.push((host.try_call(name, arguments, FUEL)?, host.remains()?));
        }
        let (outcome, remains) = &seen[0];
        for (checks, other) in Checks::KINDS.into_iter().zip(&seen).skip(1) {
            if other.0 != *outcome {
                bail!("with {checks:?} the outcome is {:?}, but without checks {outcome:?}", other.0);
            }
            if let Some(difference) = difference(remains, &other.1, true) {
                bail!("with {checks:?} the {difference} differs from that without checks");
            }
        }
        if outcome.result == Err("StackOverflow".to_owned()) {
            bail!("the stack ends before the call depth is used up");
        }
        let depth = remains.globals.get(names::DEPTH).copied();
        if outcome.gas.is_some() && depth.is_some_and(|depth| depth != u128::from(CALL_DEPTH)) {
            bail!("after the return the call depth is {depth:?}, not {CALL_DEPTH}");
        }
        if self.original_is_comparable {
            let original = self.original.try_call(name, arguments, FUEL)?;
            self.original_is_comparable = !is_unfinished(&original) && !is_unfinished(outcome);
            if self.original_is_comparable {
                if original.result != outcome.result {
                    bail!("prepared, the outcome is {outcome:?}, but {original:?} for the original");
                }
                if let Some(difference) = difference(&self.original.remains()?, remains, false) {
                    bail!("prepared, the {difference} differs from that of the original");
                }
            }
        }
        self.count(&seen[0].0, &seen[0].1.storage);
        Ok(())
    }

    fn count(&mut self, outcome: &Outcome, storage: &[u8]) {
        let reached = &mut self.reached;
        match outcome {
            _ if is_unfinished(outcome) => reached.unfinished += 1,
            Outcome { result: Ok(_), .. } => reached.returned += 1,
            Outcome { result: Err(_), .. } => reached.trapped += 1,
        }
        for (rights, ..) in self.prepared[3].faults() {
            let count =
                if rights & names::WRITE_BIT == 0 { &mut reached.read_faults } else { &mut reached.write_faults };
            *count += 1;
        }
        if self.storage != storage {
            reached.wrote += 1;
            self.storage = storage.to_vec();
        }
    }
}

/// True if a call met a limit that is not the same in every host.
fn is_unfinished(outcome: &Outcome) -> bool {
    let reasons = ["OutOfFuel", "StackOverflow", DEPTH_IS_USED_UP];
    outcome.result.as_ref().is_err_and(|reason| reasons.contains(&reason.as_str()))
}

/// Returns the first difference between two hosts. With `all`, both must also export the same number of globals.
fn difference(one: &Remains, other: &Remains, all: bool) -> Option<String> {
    if let Some(at) = one.storage.iter().zip(&other.storage).position(|(one, other)| one != other) {
        return Some(format!("byte {at} of storage"));
    }
    let memory = one.memories.iter().find(|(name, bytes)| other.memories.get(*name) != Some(bytes));
    if let Some((name, _)) = memory {
        return Some(format!("memory {name:?}"));
    }
    if let Some((name, bits)) = one.globals.iter().find(|(name, bits)| other.globals.get(*name) != Some(bits)) {
        return Some(format!("global {name:?} ({bits:#x} and {:#x?})", other.globals.get(name)));
    }
    let same = one.storage.len() == other.storage.len() && (!all || one.globals.len() == other.globals.len());
    (!same).then(|| "number of bytes or globals".to_owned())
}

fn zero(ty: &ValType) -> Val {
    if ty.is_i32() { Val::I32(0) } else { Val::I64(0) }
}

/// Chooses an argument: mostly an address near the start of a page.
fn argument(ty: &ValType, u: &mut Unstructured<'_>) -> arbitrary::Result<Val> {
    let number = number(u)?;
    Ok(if ty.is_i32() { Val::I32(number as i32) } else { Val::I64(number) })
}

/// Chooses the number of an argument.
pub(super) fn number(u: &mut Unstructured<'_>) -> arbitrary::Result<i64> {
    let near_a_page = |u: &mut Unstructured<'_>| -> arbitrary::Result<i32> {
        Ok((u.int_in_range(0..=32)? * 4_096 + u.int_in_range(0..=32)? - 16).max(0))
    };
    Ok(match u.int_in_range(0..=5)? {
        0 => i64::from(u.arbitrary::<u8>()?),
        1 => u.arbitrary()?,
        _ => i64::from(near_a_page(u)?),
    })
}
