//! The WebAssembly features that a contract may use, and the names of those that it may not.

use wasmparser::{Error, Validator, WasmFeatures};

/// The features of contracts: the core of WebAssembly 2.0 with funcref as the only reference type, several memories, and
/// extended constant expressions.
pub(crate) const FEATURES: WasmFeatures = WasmFeatures::WASM2
    .difference(WasmFeatures::GC_TYPES)
    .union(WasmFeatures::MULTI_MEMORY)
    .union(WasmFeatures::EXTENDED_CONST);

/// The features of prepared modules. Page checks call the fault functions through typed references.
pub(in crate::contract) const PREPARED_FEATURES: WasmFeatures = FEATURES.union(WasmFeatures::FUNCTION_REFERENCES);

pub(super) const COMPONENTS: &str = "the component model";

/// Refused features, each with the features that it depends on and its name.
pub(super) const REFUSED: &[(WasmFeatures, WasmFeatures, &str)] = &[
    (WasmFeatures::THREADS, WasmFeatures::empty(), "threads and atomics"),
    (WasmFeatures::SHARED_EVERYTHING_THREADS, WasmFeatures::THREADS, "shared-everything threads"),
    (WasmFeatures::RELAXED_SIMD, WasmFeatures::empty(), "relaxed SIMD"),
    (WasmFeatures::MEMORY64, WasmFeatures::empty(), "memory64"),
    (WasmFeatures::TAIL_CALL, WasmFeatures::empty(), "tail calls"),
    (WasmFeatures::EXCEPTIONS, WasmFeatures::empty(), "exceptions"),
    (WasmFeatures::LEGACY_EXCEPTIONS, WasmFeatures::EXCEPTIONS, "legacy exceptions"),
    (WasmFeatures::CUSTOM_PAGE_SIZES, WasmFeatures::empty(), "custom page sizes"),
    (WasmFeatures::WIDE_ARITHMETIC, WasmFeatures::empty(), "wide arithmetic"),
    (WasmFeatures::MEMORY_CONTROL, WasmFeatures::empty(), "memory control"),
    (WasmFeatures::STACK_SWITCHING, WasmFeatures::FUNCTION_REFERENCES, "stack switching"),
    (WasmFeatures::COMPACT_IMPORTS, WasmFeatures::empty(), "compact imports"),
    (WasmFeatures::GC_TYPES, WasmFeatures::empty(), "reference types other than funcref"),
    (WasmFeatures::FUNCTION_REFERENCES, WasmFeatures::GC_TYPES, "typed function references"),
    (WasmFeatures::GC, WasmFeatures::FUNCTION_REFERENCES.union(WasmFeatures::GC_TYPES), "garbage collection (GC)"),
    (WasmFeatures::CUSTOM_DESCRIPTORS, WasmFeatures::GC.union(WasmFeatures::GC_TYPES), "custom descriptors"),
    (WasmFeatures::COMPONENT_MODEL, WasmFeatures::empty(), COMPONENTS),
];

/// Returns the feature that a refused module needs; `None` if the module is invalid for another reason.
///
/// Mostly the validator reports the feature. If it does not, the module is validated again: first with all features, which
/// shows whether any feature would help, then with each feature alone.
pub(super) fn missing(wasm: &[u8], error: &Error) -> Option<&'static str> {
    if let Some(needed) = error.missing_wasm_feature() {
        return REFUSED.iter().find(|(feature, ..)| needed.intersects(*feature)).map(|(.., name)| *name);
    }
    let gets_further = |features: WasmFeatures| match Validator::new_with_features(features).validate_all(wasm) {
        Ok(_) => true,
        Err(other) => other.offset() > error.offset(),
    };
    if !gets_further(WasmFeatures::all()) {
        return None;
    }
    REFUSED.iter().find(|(feature, others, _)| gets_further(FEATURES | *feature | *others)).map(|(.., name)| *name)
}
