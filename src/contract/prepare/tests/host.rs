//! The small host for tests: it panics instead of returning errors.

use wasmtime::Val;

use crate::contract::Checks;
use crate::contract::prepare::host::{self, whole};
pub(super) use crate::contract::prepare::host::{Host, Outcome, TAKES_RIGHTS, Variant};

pub const VARIANTS: [Variant; 3] = [Variant::Original, Variant::Prepared(Checks::None), Variant::Prepared(Checks::All)];

const FUEL: u64 = 50_000_000;

impl Host {
    pub fn new(wasm: &[u8], variant: Variant, wasm_pages: u32) -> Self {
        Self::build(wasm, variant, wasm_pages).expect("a valid contract with known imports")
    }

    pub fn with_stack(wasm: &[u8], variant: Variant, wasm_pages: u32, stack: usize) -> Self {
        Self::build_with_stack(wasm, variant, wasm_pages, stack).expect("a valid contract with known imports")
    }

    pub fn call(&mut self, name: &str, arguments: &[Val]) -> Outcome {
        self.call_with_fuel(name, arguments, FUEL)
    }

    pub fn call_with_fuel(&mut self, name: &str, arguments: &[Val], fuel: u64) -> Outcome {
        self.try_call(name, arguments, fuel).expect("a known export")
    }

    pub fn storage(&self) -> Vec<u8> {
        whole(&self.store).expect("every access had the right")
    }

    pub fn exported_i32(&mut self, global: &str) -> i32 {
        let global = self.instance.get_global(&mut self.store, global).expect("an exported global");
        global.get(&mut self.store).unwrap_i32()
    }
}

pub fn on_a_large_stack(run: impl FnOnce() + Send) {
    host::on_a_large_stack(run).unwrap().unwrap();
}
