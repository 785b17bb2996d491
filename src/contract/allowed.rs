//! The imports that one VM allows.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use wasmparser::FuncType;

use super::advice::advice;
use super::error::{ContractError, ImportError, ImportRefusal};
use super::imports::{HostFunction, Inline, MODULES, STORAGE_MEMORY, STORAGE_MODULE, host_functions, shown, type_text};
use super::metadata::Signature;
use super::names::RESERVED_PREFIX;
use crate::limits::MAX_IMPORT_PRICE;
use crate::units::Gas;

/// The imports that a contract may declare: the storage memory, the functions of [`MODULES`](super::imports::MODULES), and the
/// custom functions of the embedder. By default there are no custom functions.
#[derive(Debug, Clone, Default)]
pub struct Imports {
    /// Ordered by module and name.
    custom: Vec<CustomFunction>,
}

#[derive(Debug, Clone)]
struct CustomFunction {
    module: String,
    name: String,
    signature: Signature,
    price: u32,
}

impl CustomFunction {
    fn described(&self) -> HostFunction<'_> {
        let Self { module, name, signature: Signature { params, results }, price } = self;
        HostFunction { module, name, params, results, link_name: name, price: *price }
    }
}

impl Imports {
    /// Adds a custom function.
    ///
    /// # Errors
    /// Returns [`ImportError`] if its name or price is not accepted.
    pub fn add(&mut self, module: &str, name: &str, signature: Signature, price: Gas) -> Result<(), ImportError> {
        let refuse = |reason| Err(ImportError { module: shown(module), name: shown(name), reason });
        if module.is_empty() || name.is_empty() {
            return refuse(ImportRefusal::Empty);
        }
        if module.starts_with(RESERVED_PREFIX) {
            return refuse(ImportRefusal::Reserved);
        }
        let has_name =
            |known: &HostFunction<'_>| known.module == module && [known.name, known.link_name].contains(&name);
        let is_ours = is_storage(module, name) || inline(module, name).is_some();
        if is_ours || host_functions().any(|known| has_name(&known)) {
            return refuse(ImportRefusal::Ours);
        }
        let Some(price) = u32::try_from(price.0).ok().filter(|price| (1..=MAX_IMPORT_PRICE).contains(price)) else {
            return refuse(ImportRefusal::Price(price));
        };
        let place = self.custom.binary_search_by(|other| (&*other.module, &*other.name).cmp(&(module, name)));
        let Err(at) = place else {
            return refuse(ImportRefusal::Twice);
        };
        self.custom.insert(at, CustomFunction { module: module.to_owned(), name: name.to_owned(), signature, price });
        Ok(())
    }

    /// All functions: first those of every VM, then the custom functions.
    pub fn functions(&self) -> impl Iterator<Item = HostFunction<'_>> {
        host_functions().chain(self.custom.iter().map(CustomFunction::described))
    }

    /// A fingerprint of the custom functions, on which prepared code depends: the first 16 bytes of a hash over all of them, in
    /// hex. `None` if there are no custom functions.
    pub(super) fn fingerprint(&self) -> Option<String> {
        if self.custom.is_empty() {
            return None;
        }
        let mut hasher = Sha256::new();
        for CustomFunction { module, name, signature, price } in &self.custom {
            for text in [module, name, &signature.to_string()] {
                hasher.update((text.len() as u64).to_le_bytes());
                hasher.update(text);
            }
            hasher.update(price.to_le_bytes());
        }
        Some(const_hex::encode(&hasher.finalize()[..16]))
    }

    /// Finds the function that an import names.
    ///
    /// # Errors
    /// Returns [`ContractError::UnknownImport`] or [`ContractError::ImportType`].
    pub(super) fn find(&self, module: &str, name: &str, ty: &FuncType) -> Result<ImportedFunction<'_>, ContractError> {
        if let Some(inline) = inline(module, name) {
            return match inline.has_type(ty) {
                true => Ok(ImportedFunction::Inline(inline)),
                false => Err(wrong_type(module, name, func_type_text(ty), inline.type_text())),
            };
        }
        let mut named = self.named(module, name).peekable();
        if named.peek().is_none() && !is_storage(module, name) {
            return Err(self.unknown(module, name, "function", func_type_text(ty)));
        }
        let mut expected = String::new();
        for known in named {
            if known.has_type(ty) {
                return Ok(ImportedFunction::Host(known));
            }
            // Writing to a string does not fail.
            let _ = write!(expected, "{}{}", if expected.is_empty() { "" } else { " or " }, known.type_text());
        }
        if expected.is_empty() {
            expected.push_str("a memory");
        }
        Err(wrong_type(module, name, func_type_text(ty), expected))
    }

    /// Checks an import that is not a function: only the storage memory is accepted.
    ///
    /// # Errors
    /// Returns [`ContractError::UnknownImport`] or [`ContractError::ImportType`].
    pub(super) fn check_other(&self, module: &str, name: &str, kind: &'static str) -> Result<(), ContractError> {
        if is_storage(module, name) {
            return if kind == "memory" {
                Ok(())
            } else {
                Err(wrong_type(module, name, kind.to_owned(), "a memory".to_owned()))
            };
        }
        let inline = inline(module, name).map(Inline::type_text);
        match inline.or_else(|| Some(self.named(module, name).next()?.type_text())) {
            Some(expected) => Err(wrong_type(module, name, kind.to_owned(), expected)),
            None => Err(self.unknown(module, name, kind, kind.to_owned())),
        }
    }

    fn named(&self, module: &str, name: &str) -> impl Iterator<Item = HostFunction<'_>> {
        self.functions().filter(move |known| known.module == module && known.name == name)
    }

    fn unknown(&self, module: &str, name: &str, kind: &str, found: String) -> ContractError {
        let known = self.functions().map(|known| (known.module, known.name, known.type_text()));
        let known = known.chain([(STORAGE_MODULE, STORAGE_MEMORY, "memory".to_owned())]);
        let known = known.chain(inlines().map(|(module, inline)| (module, inline.name, inline.type_text())));
        let (module, name) = (shown(module), shown(name));
        let advice = advice(&module, &name, kind, known);
        ContractError::UnknownImport { module, name, found, advice }
    }
}

/// A function that a contract imports.
#[derive(Debug, Clone, Copy)]
pub(super) enum ImportedFunction<'a> {
    /// The host provides it.
    Host(HostFunction<'a>),
    /// The prepared code has an instruction in its place.
    Inline(&'static Inline),
}

/// The functions that stand for instructions, each with its module.
fn inlines() -> impl Iterator<Item = (&'static str, &'static Inline)> {
    MODULES.iter().flat_map(|module| module.inline.iter().map(|inline| (module.name, inline)))
}

fn inline(module: &str, name: &str) -> Option<&'static Inline> {
    inlines().find(|(known, inline)| *known == module && inline.name == name).map(|(_, inline)| inline)
}

fn is_storage(module: &str, name: &str) -> bool {
    module == STORAGE_MODULE && name == STORAGE_MEMORY
}

fn func_type_text(ty: &FuncType) -> String {
    type_text(ty.params(), ty.results())
}

fn wrong_type(module: &str, name: &str, found: String, expected: String) -> ContractError {
    ContractError::ImportType { module: shown(module), name: shown(name), found, expected }
}
