//! Compares a contract with its rewritten forms, in a VM.

use arbitrary::Unstructured;
use wasmtime::{Result, bail};

use super::reached::PrepareReached;
use crate::contract::{Metadata, ValueType};
use crate::fuzzing::forms::Form;
use crate::fuzzing::pseudo_random;
use crate::paging::PagerKind;
use crate::receipt::{Call, HaltKind, Receipt, Status, Value};
use crate::store::MemoryStore;
use crate::units::{Address, ByteOffset, Gas, PageCount};
use crate::vm::{Deployment, Vm};

/// Gas of a call, as little as stops endless loops soon.
const GAS: Gas = Gas(1_000_000);

/// The greatest number of exports that are called, and how often each.
const MOST_FUNCTIONS: usize = 4;
const ROUNDS: usize = 2;

/// Calls exports of the contract and of its other forms with the same arguments. Results, and every byte of storage, must be the same.
pub(super) fn do_the_same(wasm: &[u8], metadata: &Metadata, seed: u64) -> Result<PrepareReached> {
    let mut reached = PrepareReached::default();
    let Some(import) = metadata.storage.import() else { return Ok(reached) };
    let limit = import.minimum;
    if limit == PageCount(0) {
        return Ok(reached);
    }
    for form in Form::ALL {
        let Some(rewritten) = form.of(wasm) else { continue };
        let vm = Vm::builder(MemoryStore::new()).module_cache_dir(None).build()?;
        let deploy = |code: &[u8]| {
            let deployment = Deployment { max_pages: Some(limit), ..Deployment::default() };
            vm.deploy(code, &deployment).map(|deployed| deployed.address)
        };
        // The rewritten code may be too large.
        let (Ok(original), Ok(rewritten)) = (deploy(wasm), deploy(&rewritten)) else { continue };
        compare(&vm, metadata, [original, rewritten], limit, seed, &mut reached)
            .map_err(|error| error.context(format!("the form {form:?}")))?;
    }
    Ok(reached)
}

fn compare(
    vm: &Vm,
    metadata: &Metadata,
    contracts: [Address; 2],
    limit: PageCount,
    seed: u64,
    reached: &mut PrepareReached,
) -> Result<()> {
    let bytes = pseudo_random(seed, 1_000);
    let mut u = Unstructured::new(&bytes);
    let pagers: Vec<PagerKind> = PagerKind::available().collect();
    let exports = metadata.exports.iter().take(MOST_FUNCTIONS).cycle().take(ROUNDS * MOST_FUNCTIONS);
    for (number, (name, signature)) in exports.enumerate() {
        let argument = |ty: &ValueType| {
            let number = super::compare::number(&mut u).unwrap_or_default();
            if *ty == ValueType::I32 { Value::I32(number as i32) } else { Value::I64(number) }
        };
        let arguments: Vec<Value> = signature.params.iter().map(argument).collect();
        let pager = pagers[number % pagers.len()];
        let call = |contract| Call::new(contract, name.as_str()).args(arguments.clone()).gas(GAS).pager(pager);
        let [one, other] = contracts.map(|contract| vm.run(&call(contract)).commit());
        let (one, other) = (one?, other?);
        if is_incomparable(&one) || is_incomparable(&other) {
            return Ok(());
        }
        let outcome = |receipt: &Receipt| {
            let halt = receipt.status.halt().map(|halt| halt.kind);
            (halt, receipt.status == Status::Reverted, receipt.results.clone(), receipt.output.clone())
        };
        if outcome(&one) != outcome(&other) {
            bail!("{name} of {arguments:?} under {pager} ends as {other:?}, but as {one:?} with an imported memory");
        }
        let [one, other] = contracts.map(|contract| vm.now()?.read(&contract, ByteOffset(0), limit.bytes()));
        if one? != other? {
            bail!("{name} of {arguments:?} under {pager} leaves other bytes in storage");
        }
        reached.in_other_forms += 1;
    }
    Ok(())
}

/// Returns true for a call that met a limit, or a pointer that only one form refuses.
fn is_incomparable(receipt: &Receipt) -> bool {
    let kinds = [HaltKind::OutOfGas, HaltKind::CallDepth, HaltKind::Limit, HaltKind::Vmcall];
    receipt.status.halt().is_some_and(|halt| kinds.contains(&halt.kind))
}
