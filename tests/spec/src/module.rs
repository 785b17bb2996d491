//! The parts of a script's module, read for [`contract`](crate::contract).

use std::collections::BTreeSet;

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{FuncType, GlobalType, Instruction, MemoryType, TableType};
use wasmparser::{
    Data, ElementSectionReader, Export, ExternalKind, FunctionBody, GlobalSectionReader, Import, Operator, Parser,
    Payload, TableSectionReader, TypeRef, TypeSectionReader,
};

use crate::skip::{Skip, Unusable};
use crate::spectest;

/// A module. What it imports of `spectest` counts as defined, and its indices come first.
#[derive(Default)]
pub struct Module<'a> {
    pub types: Vec<FuncType>,
    /// The type index of each function.
    pub functions: Vec<u32>,
    pub globals: Vec<GlobalType>,
    pub memories: Vec<MemoryType>,
    pub exports: Vec<Export<'a>>,
    pub start: Option<u32>,
    pub bodies: Vec<FunctionBody<'a>>,
    pub data: Vec<Data<'a>>,
    pub imported_functions: u32,
    /// The values of the imported globals.
    pub imported_globals: Vec<Instruction<'static>>,
    pub imported_tables: Vec<TableType>,
    pub type_section: Option<TypeSectionReader<'a>>,
    pub table_section: Option<TableSectionReader<'a>>,
    pub global_section: Option<GlobalSectionReader<'a>>,
    pub element_section: Option<ElementSectionReader<'a>>,
    /// Functions with a `memory.grow`, and the memory that they grow.
    pub growing: BTreeSet<(u32, u32)>,
    /// Memories with a `memory.size`.
    pub sized: BTreeSet<u32>,
    /// Functions with a `ref.func`.
    pub referenced: BTreeSet<u32>,
    /// True if the code has a `memory.init`, which can tell a dropped segment from another.
    pub initialises_memory: bool,
}

impl<'a> Module<'a> {
    /// Reads a valid module.
    pub fn read(wasm: &'a [u8]) -> Result<Self, Unusable> {
        let mut module = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            module.payload(payload.map_err(unreadable)?)?;
        }
        Ok(module)
    }

    fn payload(&mut self, payload: Payload<'a>) -> Result<(), Unusable> {
        match payload {
            Payload::TypeSection(section) => {
                self.type_section = Some(section.clone());
                for ty in section.into_iter_err_on_gc_types() {
                    let ty = ty.map_err(|_| Skip::new("types of the GC proposal"))?;
                    self.types.push(RoundtripReencoder.func_type(ty).map_err(unreadable)?);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    self.import(&import.map_err(unreadable)?)?;
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.functions.push(ty.map_err(unreadable)?);
                }
            }
            Payload::TableSection(section) => self.table_section = Some(section),
            Payload::MemorySection(section) => {
                for memory in section {
                    self.memories.push(encoded_memory(memory.map_err(unreadable)?)?);
                }
            }
            Payload::GlobalSection(section) => {
                self.global_section = Some(section.clone());
                for global in section {
                    let ty = global.map_err(unreadable)?.ty;
                    self.globals.push(RoundtripReencoder.global_type(ty).map_err(unreadable)?);
                }
            }
            Payload::ExportSection(section) => {
                self.exports = section.into_iter().collect::<Result<_, _>>().map_err(unreadable)?;
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(section) => self.element_section = Some(section),
            Payload::CodeSectionEntry(body) => self.body(body)?,
            Payload::DataSection(section) => {
                self.data = section.into_iter().collect::<Result<_, _>>().map_err(unreadable)?;
            }
            Payload::TagSection(_) => return Err(Skip::new("contracts may not use exceptions").into()),
            _ => {}
        }
        Ok(())
    }

    fn import(&mut self, import: &Import<'a>) -> Result<(), Unusable> {
        let foreign = || Skip::new("imports of another module").into();
        if import.module != "spectest" {
            return Err(foreign());
        }
        match import.ty {
            TypeRef::Func(ty) if spectest::has_function(import.name) => {
                self.imported_functions += 1;
                self.functions.push(ty);
            }
            TypeRef::Global(ty) => {
                self.imported_globals.push(spectest::global(import.name).ok_or_else(foreign)?);
                self.globals.push(RoundtripReencoder.global_type(ty).map_err(unreadable)?);
            }
            TypeRef::Table(_) if import.name == "table" => self.imported_tables.push(spectest::TABLE),
            TypeRef::Memory(_) if import.name == "memory" => self.memories.push(spectest::MEMORY),
            _ => return Err(foreign()),
        }
        Ok(())
    }

    fn body(&mut self, body: FunctionBody<'a>) -> Result<(), Unusable> {
        let function = self.imported_functions + self.bodies.len() as u32;
        for operator in body.get_operators_reader().map_err(unreadable)? {
            match operator.map_err(unreadable)? {
                Operator::MemoryGrow { mem } => {
                    self.growing.insert((function, mem));
                }
                Operator::MemorySize { mem } => {
                    self.sized.insert(mem);
                }
                Operator::RefFunc { function_index } => {
                    self.referenced.insert(function_index);
                }
                Operator::MemoryInit { .. } => self.initialises_memory = true,
                _ => {}
            }
        }
        self.bodies.push(body);
        Ok(())
    }

    /// Returns the index of an export of a kind.
    pub fn export(&self, name: &str, kind: ExternalKind) -> Option<u32> {
        self.exports.iter().find(|export| export.name == name && export.kind == kind).map(|export| export.index)
    }

    pub fn function_type(&self, function: u32) -> Option<&FuncType> {
        self.types.get(*self.functions.get(function as usize)? as usize)
    }
}

fn encoded_memory(memory: wasmparser::MemoryType) -> Result<MemoryType, Unusable> {
    RoundtripReencoder.memory_type(memory).map_err(unreadable)
}

fn unreadable(error: impl std::fmt::Display) -> Unusable {
    Unusable::Failure(format!("the module cannot be read: {error}"))
}
