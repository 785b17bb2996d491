//! The sections of the prepared module.

use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    BranchHints, CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, EntityType, ExportKind,
    ExportSection, FunctionSection, GlobalSection, GlobalType, HeapType, ImportSection, MemorySection, MemoryType,
    Module, RefType, TableSection, TypeSection, ValType,
};
use wasmparser::{DataKind, Parser, Payload, TypeRef};

use super::body;
use super::checks::Checks;
use super::layout::Layout;
use crate::contract::allowed::ImportedFunction;
use crate::contract::imports::{STORAGE_MEMORY, STORAGE_MODULE};
use crate::contract::metadata::StorageForm;
use crate::contract::names;
use crate::contract::validate::{Mutability, Shape};
use crate::limits;

/// The sections of the prepared module, in the order of the format. Custom sections of the contract are dropped.
#[derive(Default)]
struct Sections {
    types: TypeSection,
    imports: ImportSection,
    functions: FunctionSection,
    tables: TableSection,
    memories: MemorySection,
    globals: GlobalSection,
    exports: ExportSection,
    elements: ElementSection,
    data_count: Option<u32>,
    hints: BranchHints,
    code: CodeSection,
    data: DataSection,
}

pub(super) fn rewrite(wasm: &[u8], shape: &Shape<'_>, checks: Checks) -> Result<Vec<u8>, Error> {
    let mut layout = Layout::new(shape, checks);
    let mut sections = Sections::default();
    for payload in Parser::new(0).parse_all(wasm) {
        sections.take(payload?, &mut layout)?;
    }
    sections.add_imports(&mut layout);
    sections.add_wrappers(&mut layout)?;
    sections.add_depth(&layout);
    sections.add_fault_globals(&layout);
    sections.add_exports(&mut layout)?;
    for (params, results) in layout.added_types() {
        sections.types.ty().function(params.iter().copied(), results.iter().copied());
    }
    Ok(sections.finish())
}

impl Sections {
    fn take(&mut self, payload: Payload<'_>, layout: &mut Layout<'_>) -> Result<(), Error> {
        match payload {
            Payload::TypeSection(section) => utils::parse_type_section(layout, &mut self.types, section),
            Payload::ImportSection(section) => self.imports(section, layout),
            Payload::FunctionSection(section) => utils::parse_function_section(layout, &mut self.functions, section),
            Payload::TableSection(section) => utils::parse_table_section(layout, &mut self.tables, section),
            Payload::MemorySection(section) => utils::parse_memory_section(layout, &mut self.memories, section),
            Payload::GlobalSection(section) => utils::parse_global_section(layout, &mut self.globals, section),
            Payload::ExportSection(section) => utils::parse_export_section(layout, &mut self.exports, section),
            Payload::ElementSection(section) => utils::parse_element_section(layout, &mut self.elements, section),
            Payload::DataCountSection { count, .. } => {
                self.data_count = Some(count);
                Ok(())
            }
            Payload::CodeSectionEntry(code) => self.body(&code, layout),
            Payload::DataSection(section) => self.data(section, layout),
            _ => Ok(()),
        }
    }

    fn imports(&mut self, section: wasmparser::ImportSectionReader<'_>, layout: &mut Layout<'_>) -> Result<(), Error> {
        let mut functions = layout.shape.imported_functions.iter();
        for import in section.into_imports() {
            match import?.ty {
                TypeRef::Func(ty) => {
                    if let Some(ImportedFunction::Host(function)) = functions.next() {
                        self.imports.import(function.module, function.link_name, EntityType::Function(ty));
                    }
                }
                TypeRef::Memory(memory) => {
                    let memory = utils::memory_type(layout, memory);
                    self.imports.import(STORAGE_MODULE, STORAGE_MEMORY, memory);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn add_imports(&mut self, layout: &mut Layout<'_>) {
        if matches!(layout.shape.metadata.storage, StorageForm::Inside | StorageForm::Intrinsics) {
            // Of any size: the page limit is not known here.
            let ty = MemoryType { minimum: 0, maximum: None, memory64: false, shared: false, page_size_log2: None };
            self.imports.import(STORAGE_MODULE, STORAGE_MEMORY, ty);
        }
        if let Some(paging) = layout.paging {
            let table = MemoryType {
                minimum: names::TABLE_WASM_PAGES,
                maximum: Some(names::TABLE_WASM_PAGES),
                memory64: false,
                shared: false,
                page_size_log2: None,
            };
            let fault = EntityType::Function(paging.fault_type);
            self.imports.import(names::PAGING_MODULE, names::PAGE_TABLE, table);
            self.imports.import(names::PAGING_MODULE, names::FAULT_READ, fault);
            self.imports.import(names::PAGING_MODULE, names::FAULT_WRITE, fault);
        }
        if layout.call_depth.is_some() {
            let trap = EntityType::Function(layout.added_type((vec![], vec![])));
            self.imports.import(names::EXEC_MODULE, names::CALL_DEPTH, trap);
        }
    }

    /// Adds the globals that hold the fault functions. `page_checks` explains their use.
    fn add_fault_globals(&mut self, layout: &Layout<'_>) {
        let Some(paging) = layout.paging else { return };
        debug_assert_eq!(self.globals.len(), paging.fault_read_global);
        let reference = RefType { nullable: false, heap_type: HeapType::Concrete(paging.fault_type) };
        let ty = GlobalType { val_type: ValType::Ref(reference), mutable: true, shared: false };
        for function in [paging.fault_read, paging.fault_write] {
            self.globals.global(ty, &ConstExpr::ref_func(function));
        }
    }

    /// Copies the data segments. If storage lies inside own memory, the instances of the contract share the memory, and the host sets
    /// its initial bytes: active segments stay as empty ones, as such a segment is dropped once the instance is made.
    fn data(&mut self, section: wasmparser::DataSectionReader<'_>, layout: &mut Layout<'_>) -> Result<(), Error> {
        let Some(inside) = layout.inside() else { return utils::parse_data_section(layout, &mut self.data, section) };
        for segment in section {
            let segment = segment?;
            match segment.kind {
                DataKind::Active { .. } => self.data.active(inside.own, &ConstExpr::i32_const(0), []),
                DataKind::Passive => self.data.passive(segment.data.iter().copied()),
            };
        }
        Ok(())
    }

    fn body(&mut self, code: &wasmparser::FunctionBody<'_>, layout: &mut Layout<'_>) -> Result<(), Error> {
        let index = self.code.len() as usize;
        let rewritten = body::rewrite(code, index, layout)?;
        if !rewritten.hints.is_empty() {
            self.hints.function_hints(layout.defined(index), rewritten.hints);
        }
        self.code.function(&rewritten.function);
        Ok(())
    }

    /// Adds the wrappers of imports. This follows the code and the segments, which show which imports need one.
    fn add_wrappers(&mut self, layout: &mut Layout<'_>) -> Result<(), Error> {
        for function in layout.wrapped().to_vec() {
            // References to other imports were refused.
            let ImportedFunction::Host(host) = layout.shape.imported_functions[function as usize] else { continue };
            let ty = (body::encoded(host.params), body::encoded(host.results));
            let ty = layout.added_type(ty);
            self.functions.function(ty);
            self.code.function(&body::wrapper(layout.callee(function), &host));
        }
        Ok(())
    }

    fn add_depth(&mut self, layout: &Layout<'_>) {
        debug_assert_eq!(self.globals.len(), layout.depth_global());
        let ty = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        self.globals.global(ty, &ConstExpr::i32_const(limits::CALL_DEPTH as i32));
        self.exports.export(names::DEPTH, ExportKind::Global, layout.depth_global());
    }

    fn add_exports(&mut self, layout: &mut Layout<'_>) -> Result<(), Error> {
        let globals = (0..).zip(&layout.shape.globals).filter(|(_, global)| **global == Mutability::Mutable);
        for (number, (index, _)) in globals.enumerate() {
            self.exports.export(&format!("{}{number}", names::GLOBAL_PREFIX), ExportKind::Global, index);
        }
        for index in 0..layout.shape.tables.len() as u32 {
            self.exports.export(&format!("{}{index}", names::TABLE_PREFIX), ExportKind::Table, index);
        }
        if layout.shape.metadata.own_memory.is_some() {
            let own = layout.memory_index(u32::from(layout.shape.metadata.storage.import().is_some()))?;
            self.exports.export(names::OWN_MEMORY, ExportKind::Memory, own);
        }
        Ok(())
    }

    fn finish(self) -> Vec<u8> {
        let mut module = Module::new();
        module.section(&self.types).section(&self.imports).section(&self.functions).section(&self.tables);
        module.section(&self.memories).section(&self.globals).section(&self.exports).section(&self.elements);
        if let Some(count) = self.data_count {
            module.section(&DataCountSection { count });
        }
        if !self.hints.is_empty() {
            module.section(&self.hints);
        }
        module.section(&self.code).section(&self.data);
        module.finish()
    }
}
