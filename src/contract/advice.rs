//! Advice for an import that no VM offers.

/// CosmWasm's functions, all of them in the module `env`.
const COSMWASM: [&str; 18] = [
    "db_read",
    "db_write",
    "db_remove",
    "db_scan",
    "db_next",
    "db_next_key",
    "db_next_value",
    "addr_validate",
    "addr_canonicalize",
    "addr_humanize",
    "secp256k1_verify",
    "secp256k1_recover_pubkey",
    "secp256r1_verify",
    "ed25519_verify",
    "ed25519_batch_verify",
    "bls12_381_aggregate_g1",
    "query_chain",
    "debug",
];

/// What every advice without a name ends with.
const LIST: &str = "`vellum imports` lists what a contract can import";

/// Returns what to import or do instead of an unknown import: the nearest known import if its name is similar, or else what the import
/// is and what a contract has in its place. `known` has the module, name and type of each known import.
pub(super) fn advice<'a>(
    module: &str,
    name: &str,
    kind: &str,
    known: impl Iterator<Item = (&'a str, &'a str, String)>,
) -> String {
    let wanted = format!("{module} {name}");
    let distance = |module: &str, name: &str| strsim::damerau_levenshtein(&wanted, &format!("{module} {name}"));
    let nearest = known.map(|(module, name, ty)| (distance(module, name), module, name, ty)).min_by_key(|it| it.0);
    let is_near = |distance: usize| distance <= 1 + name.chars().count() / 4;
    if let Some((distance, module, name, ty)) = nearest
        && is_near(distance)
    {
        return format!("the nearest known import is {module:?} {name:?} of type {ty}");
    }
    if kind == "memory" {
        return "a contract defines its own memory, (memory (export \"memory\") 1), and imports its storage as \
                (import \"storage\" \"memory\" (memory 1))"
            .to_owned();
    }
    let what = match (module, name) {
        ("env", name) if COSMWASM.contains(&name) => {
            "this is a function of CosmWasm: a contract here has no database of keys, but loads and stores in the memory \
             \"storage\" \"memory\""
        }
        ("env", "abort" | "seed" | "trace") => {
            "this is a function of AssemblyScript's runtime: compile with --use abort= and without tracing, as a contract \
             traps with `unreachable` or \"vellum\" \"panic\""
        }
        ("env", _) => {
            "compilers put what no library defines into the module \"env\": define the function, or give its declaration the \
             module and name of a known import"
        }
        (module, _) if module.starts_with("wasi_") => {
            "WASI is the interface of an operating system, and a contract has no files, clocks or arguments: compile for \
             wasm32-unknown-unknown, without a libc that needs WASI"
        }
        ("svm", name) if name.starts_with("svm_") => {
            "this is a function of svm from 2022, with variables as its storage: here the module \"svm\" has the page slices \
             and registers of 2019, and storage is also the memory \"storage\" \"memory\""
        }
        _ => return LIST.to_owned(),
    };
    format!("{what}; {LIST}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advised(module: &str, name: &str, kind: &str) -> String {
        let known = [("vellum", "call"), ("vellum", "log"), ("svm", "reg_read_be_i64"), ("storage", "memory")];
        advice(module, name, kind, known.into_iter().map(|(module, name)| (module, name, "(…)".to_owned())))
    }

    #[test]
    fn a_known_import_is_named_only_if_it_is_near() {
        for (module, name, near) in [
            ("vellum", "cal", "call"),
            ("velum", "call", "call"),
            ("vellum", "logs", "log"),
            ("svm", "reg_read_le_i64", "reg_read_be_i64"),
            ("storage", "memroy", "memory"),
        ] {
            assert!(advised(module, name, "function").ends_with(&format!(" {near:?} of type (…)")), "{module} {name}");
        }
        for (module, name) in [("vellum", "sha256"), ("env", "call"), ("ewasm", "log"), ("", ""), ("x", "y")] {
            assert!(!advised(module, name, "function").contains("nearest"), "{module} {name}");
        }
    }

    #[test]
    fn interfaces_of_others_are_said_to_be_what_they_are() {
        for (module, name, kind, said) in [
            ("env", "memory", "memory", "a contract defines its own memory"),
            ("env", "db_read", "function", "CosmWasm"),
            ("env", "abort", "function", "AssemblyScript"),
            ("env", "printf", "function", "compilers put what no library defines"),
            ("wasi_snapshot_preview1", "fd_write", "function", "WASI is"),
            ("wasi_unstable", "proc_exit", "function", "WASI is"),
            ("svm", "svm_get32", "function", "svm from 2022"),
            ("other", "thing", "function", LIST),
        ] {
            let advice = advised(module, name, kind);
            assert!(advice.starts_with(said) || advice.contains(&format!("of {said}")), "{module} {name}: {advice}");
        }
    }
}
