//! What has to be known of a contract before it is rewritten.

use wasmparser::{FuncType, Parser, Payload, TypeRef};

#[derive(Debug, Default)]
pub(super) struct Shape {
    pub(super) types: Vec<FuncType>,
    pub(super) imported_functions: u32,
    /// The type index of each defined function.
    pub(super) defined: Vec<u32>,
}

impl Shape {
    /// Returns the shape of a contract that imports the storage memory; `None` for others.
    pub(super) fn of(wasm: &[u8]) -> Option<Self> {
        let mut shape = Self::default();
        let mut imports_storage = false;
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.ok()? {
                Payload::TypeSection(section) => {
                    for ty in section.into_iter_err_on_gc_types() {
                        shape.types.push(ty.ok()?);
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        match import.ok()?.ty {
                            TypeRef::Func(_) => shape.imported_functions += 1,
                            TypeRef::Memory(_) => imports_storage = true,
                            _ => {}
                        }
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        shape.defined.push(ty.ok()?);
                    }
                }
                _ => {}
            }
        }
        (imports_storage && !shape.types.is_empty()).then_some(shape)
    }

    /// Returns the number of parameters of a body.
    pub(super) fn parameters(&self, body: usize) -> u32 {
        let ty = self.defined.get(body).and_then(|index| self.types.get(*index as usize));
        ty.map_or(0, |ty| ty.params().len() as u32)
    }
}
