//! The same contract in other forms of storage: inside own memory, and by functions in the place of instructions.
//!
//! A contract that imports the storage memory is rewritten. All forms must have the same results and the same storage. Only gas
//! differs, as the rewritten code has more instructions.

mod rewriting;
mod shape;
mod writer;

use wasm_encoder::reencode::{Reencode, utils};
use wasm_encoder::{
    CodeSection, EntityType, ExportSection, ImportSection, MemorySection, MemoryType, Module, SectionId, TypeSection,
    ValType,
};
use wasmparser::{FunctionBody, Parser, TypeRef};

use crate::contract::imports::STORAGE_MODULE;
use crate::limits::STORAGE_BASE;
pub use rewriting::Form;
use rewriting::{Error, Inexpressible, Rewriting, STORAGE, functions_of};
use shape::Shape;

impl Form {
    /// Rewrites a valid contract in the binary format that imports the storage memory. `None` if the form cannot express it.
    pub fn of(self, wasm: &[u8]) -> Option<Vec<u8>> {
        let shape = Shape::of(wasm)?;
        let mut rewriting =
            Rewriting { form: self, functions: functions_of(self), shape, bodies: 0, has_memories: false };
        let mut module = Module::new();
        rewriting.parse_core_module(&mut module, Parser::new(0), wasm).ok()?;
        Some(module.finish())
    }
}

/// The own memory of a contract that has none.
const EMPTY: MemoryType =
    MemoryType { minimum: 0, maximum: None, memory64: false, shared: false, page_size_log2: None };

impl Reencode for Rewriting {
    type Error = Inexpressible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        let added = if function < self.shape.imported_functions { 0 } else { self.functions.len() as u32 };
        Ok(function + added)
    }

    /// The own memory is the only one that is left.
    fn memory_index(&mut self, _memory: u32) -> Result<u32, Error> {
        Ok(0)
    }

    fn mem_arg(&mut self, arg: wasmparser::MemArg) -> Result<wasm_encoder::MemArg, Error> {
        let is_inside = self.form == Form::Inside && arg.memory == STORAGE;
        let base = if is_inside { STORAGE_BASE.into() } else { 0 };
        let offset = (arg.offset + base).min(u32::MAX.into());
        Ok(wasm_encoder::MemArg { offset, align: u32::from(arg.align), memory_index: 0 })
    }

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: wasmparser::TypeSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_type_section(self, types, section)?;
        for inline in &self.functions {
            let encode = |ty: wasmparser::ValType| match ty {
                wasmparser::ValType::I64 => ValType::I64,
                wasmparser::ValType::F32 => ValType::F32,
                wasmparser::ValType::F64 => ValType::F64,
                _ => ValType::I32,
            };
            let parameters = inline.parameters.iter().map(|(_, ty)| encode(*ty));
            types.ty().function(
                parameters.collect::<Vec<_>>(),
                inline.results.iter().map(|ty| encode(*ty)).collect::<Vec<_>>(),
            );
        }
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Result<(), Error> {
        for import in section.into_imports() {
            let import = import?;
            if !matches!(import.ty, TypeRef::Memory(_)) {
                self.parse_import(imports, import)?;
            }
        }
        for (ty, inline) in (self.shape.types.len() as u32..).zip(&self.functions) {
            imports.import(STORAGE_MODULE, inline.name, EntityType::Function(ty));
        }
        Ok(())
    }

    fn parse_memory_section(
        &mut self,
        memories: &mut MemorySection,
        section: wasmparser::MemorySectionReader<'_>,
    ) -> Result<(), Error> {
        self.has_memories = true;
        if section.count() == 0 {
            memories.memory(EMPTY);
        }
        utils::parse_memory_section(self, memories, section)
    }

    /// Adds an own memory if the contract has none.
    fn intersperse_section_hook(
        &mut self,
        module: &mut Module,
        _after: Option<SectionId>,
        before: Option<SectionId>,
    ) -> Result<(), Error> {
        let is_late = |section: SectionId| section as u8 > SectionId::Memory as u8 && section != SectionId::Tag;
        if !self.has_memories && before.is_none_or(is_late) {
            self.has_memories = true;
            module.section(MemorySection::new().memory(EMPTY));
        }
        Ok(())
    }

    /// Drops the exports of the storage memory.
    fn parse_export(&mut self, exports: &mut ExportSection, export: wasmparser::Export<'_>) -> Result<(), Error> {
        if export.kind == wasmparser::ExternalKind::Memory && export.index == STORAGE {
            return Ok(());
        }
        utils::parse_export(self, exports, export)
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<(), Error> {
        let function = writer::body(self, &body)?;
        self.bodies += 1;
        code.function(&function);
        Ok(())
    }

    fn parse_custom_section(
        &mut self,
        _module: &mut Module,
        _section: wasmparser::CustomSectionReader<'_>,
    ) -> Result<(), Error> {
        Ok(())
    }
}
