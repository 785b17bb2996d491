//! The contract that is made of a script's module.
//!
//! - Its memories become the storage memory, own memory, or one of each.
//! - Imports of `spectest` become definitions.
//! - Exports whose types no call can pass get a wrapper with the types of [`values`](crate::values).
//! - Active segments of the storage memory become passive. `init` copies them, and then calls the start function.
//! - `upto` runs the first actions of the script on one instance.

use vellum::units::PageCount;
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, Elements, EntityType, ExportSection,
    Function, FunctionSection, GlobalSection, ImportSection, Instruction, MemorySection, MemoryType, Module as Encoder,
    TableSection, TypeSection,
};
use wasmparser::{DataKind, ExternalKind};

use crate::functions::{Functions, Results};
use crate::host::Host;
use crate::module::Module;
use crate::placement::{Place, Placement};
use crate::script::Action;
use crate::skip::{Skip, Unusable};

/// The export that copies the segments of the storage memory and calls the start function.
pub const INIT: &str = "spec:init";
/// The export that runs actions on one instance. Its parameter is their number.
pub const UP_TO: &str = "spec:upto";

/// A contract and what has to be known to call it.
pub struct Contract {
    pub wasm: Vec<u8>,
    /// The page limit that deployment asks for.
    pub max_pages: Option<PageCount>,
    /// True if there is an [`INIT`].
    pub has_init: bool,
    /// The number of results that [`UP_TO`] hands over for each action.
    pub widths: Vec<usize>,
}

/// Returns the contract for a module and the actions on it.
pub fn contract(module: &Module<'_>, placement: Placement, actions: &[Action]) -> Result<Contract, Unusable> {
    let mut reencoder = Placed { module, placement };
    let functions = reencoder.functions(actions)?;
    let failed = |error| Unusable::Failure(format!("the module cannot be encoded: {error}"));
    let wasm = reencoder.sections(&functions).map_err(failed)?;
    let max_pages = placement.form().map_or(Ok(None), |_| Host::declared_pages(&wasm))?;
    if max_pages == Some(PageCount(0)) {
        return Err(Skip::new("only an import can declare that storage is empty").into());
    }
    let wasm = match placement.form() {
        Some(form) => form.of(&wasm).ok_or_else(|| Skip::new("no intrinsic stands for an instruction"))?,
        None => wasm,
    };
    Ok(Contract { wasm, max_pages, has_init: functions.has(INIT), widths: functions.widths })
}

/// Encodes a module with the indices of the contract.
struct Placed<'a> {
    module: &'a Module<'a>,
    placement: Placement,
}

impl Reencode for Placed<'_> {
    type Error = std::convert::Infallible;

    /// The contract imports one function.
    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error> {
        Ok(1 + function)
    }

    fn memory_index(&mut self, memory: u32) -> Result<u32, reencode::Error> {
        Ok(self.placement.index(memory))
    }

    /// A constant expression cannot read a defined global, so the value takes its place.
    fn const_expr(&mut self, expression: wasmparser::ConstExpr<'_>) -> Result<ConstExpr, reencode::Error> {
        Ok(ConstExpr::extended(self.constant(&expression)?))
    }
}

impl<'a> Placed<'a> {
    fn constant<'e>(
        &mut self,
        expression: &wasmparser::ConstExpr<'e>,
    ) -> Result<Vec<Instruction<'e>>, reencode::Error> {
        let mut operators = expression.get_operators_reader();
        let mut instructions = Vec::new();
        while !operators.is_end_then_eof() {
            instructions.push(match self.parse_instruction(&mut operators)? {
                Instruction::GlobalGet(global) => match self.module.imported_globals.get(global as usize) {
                    Some(value) => value.clone(),
                    None => Instruction::GlobalGet(global),
                },
                other => other,
            });
        }
        Ok(instructions)
    }

    fn functions(&mut self, actions: &[Action]) -> Result<Functions<'a>, Unusable> {
        let mut functions = Functions::new(self.module);
        for export in &self.module.exports {
            if export.kind == ExternalKind::Func {
                functions.export(export.name, export.index)?;
            }
        }
        for action in actions {
            functions.global_of(action)?;
        }
        let init = self.init().map_err(|error| Unusable::Failure(format!("a segment cannot be encoded: {error}")))?;
        let init = init.map(|init| functions.add(INIT, (vec![], vec![]), init));
        let results = match self.placement.has_results_memory() {
            true => Results::OwnMemory,
            false => Results::Import,
        };
        functions.add_up_to(UP_TO, init, actions, results)?;
        Ok(functions)
    }

    /// Returns the body of [`INIT`]; `None` if it would be empty.
    fn init(&mut self) -> Result<Option<Function>, reencode::Error> {
        let mut init = Function::new([]);
        let mut is_empty = true;
        for (segment, data) in (0..).zip(&self.module.data) {
            let Some((memory, offset)) = self.storage_segment(&data.kind) else { continue };
            for instruction in self.constant(&offset)? {
                init.instruction(&instruction);
            }
            let memory = self.placement.index(memory);
            init.instructions().i32_const(0).i32_const(data.data.len() as i32).memory_init(memory, segment);
            if self.module.initialises_memory {
                init.instructions().data_drop(segment);
            }
            is_empty = false;
        }
        if let Some(start) = self.module.start {
            init.instructions().call(1 + start);
            is_empty = false;
        }
        init.instructions().end();
        Ok((!is_empty).then_some(init))
    }

    /// Returns the memory and the offset of an active segment of the storage memory.
    fn storage_segment<'d>(&self, kind: &DataKind<'d>) -> Option<(u32, wasmparser::ConstExpr<'d>)> {
        match kind {
            DataKind::Active { memory_index, offset_expr } if self.placement.place(*memory_index) == Place::Storage => {
                Some((*memory_index, offset_expr.clone()))
            }
            _ => None,
        }
    }

    fn sections(mut self, added: &Functions<'_>) -> Result<Vec<u8>, reencode::Error> {
        let module = self.module;
        let (mut types, mut imports, mut functions) =
            (TypeSection::new(), ImportSection::new(), FunctionSection::new());
        if let Some(section) = &module.type_section {
            self.parse_type_section(&mut types, section.clone())?;
        }
        for ty in &added.types {
            types.ty().func_type(ty);
        }
        let (import_module, name) = added.import;
        imports.import(import_module, name, EntityType::Function(added.import_type));
        let (mut memories, mut exports) = (MemorySection::new(), ExportSection::new());
        self.memories(&mut imports, &mut memories, added);
        for ty in module.functions.iter().chain(added.bodies.iter().map(|(ty, _)| ty)) {
            functions.function(*ty);
        }

        let mut tables = TableSection::new();
        for table in &module.imported_tables {
            tables.table(*table);
        }
        if let Some(section) = &module.table_section {
            self.parse_table_section(&mut tables, section.clone())?;
        }
        let mut globals = GlobalSection::new();
        for (ty, value) in module.globals.iter().zip(&module.imported_globals) {
            globals.global(*ty, &ConstExpr::extended([value.clone()]));
        }
        if let Some(section) = &module.global_section {
            self.parse_global_section(&mut globals, section.clone())?;
        }
        // A host function finds the own memory by the name `memory`, which the module may have given to another item.
        for export in &module.exports {
            let is_taken = added.needs_memory && export.name == "memory";
            if export.kind != ExternalKind::Func && !is_taken {
                self.parse_export(&mut exports, *export)?;
            }
        }
        added.export_into(&mut exports);

        let mut elements = ElementSection::new();
        if let Some(section) = &module.element_section {
            self.parse_element_section(&mut elements, section.clone())?;
        }
        // Exports that have become wrappers no longer declare their functions for `ref.func`.
        if !module.referenced.is_empty() {
            let declared = module.referenced.iter().map(|function| 1 + function).collect::<Vec<_>>();
            elements.declared(Elements::Functions(declared.into()));
        }
        let (mut code, mut data) = (CodeSection::new(), DataSection::new());
        for _ in 0..module.imported_functions {
            code.function(Function::new([]).instruction(&Instruction::End));
        }
        for body in &module.bodies {
            self.parse_function_body(&mut code, body.clone())?;
        }
        for (_, body) in &added.bodies {
            code.function(body);
        }
        for segment in &module.data {
            match self.storage_segment(&segment.kind) {
                Some(_) => {
                    data.passive(segment.data.iter().copied());
                }
                None => self.parse_data(&mut data, segment.clone())?,
            }
        }
        let mut encoder = Encoder::new();
        encoder.section(&types).section(&imports).section(&functions).section(&tables).section(&memories);
        encoder.section(&globals).section(&exports).section(&elements);
        encoder.section(&DataCountSection { count: data.len() }).section(&code).section(&data);
        Ok(encoder.finish())
    }

    /// Adds the memories. The storage memory never grows, so its limit is its size.
    fn memories(&self, imports: &mut ImportSection, memories: &mut MemorySection, added: &Functions<'_>) {
        for (index, memory) in (0..).zip(&self.module.memories) {
            match self.placement.place(index) {
                Place::Storage => {
                    let storage = MemoryType { maximum: Some(memory.minimum), ..*memory };
                    imports.import("storage", "memory", storage);
                }
                Place::Own => {
                    memories.memory(*memory);
                }
            }
        }
        if added.needs_memory {
            let minimum = (added.result_count as u64 * 8).div_ceil(1 << 16);
            memories.memory(MemoryType {
                minimum,
                maximum: None,
                memory64: false,
                shared: false,
                page_size_log2: None,
            });
        }
    }
}
