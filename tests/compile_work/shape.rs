//! Shapes of contracts, from which contracts are generated.

use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataCountSection, DataSection, ElementMode, ElementSection, ElementSegment,
    Elements, EntityType, ExportKind, ExportSection, Function, FunctionSection, GlobalSection, GlobalType, Ieee32,
    Ieee64, ImportSection, InstructionSink, MemorySection, MemoryType, Module, RefType, TableSection, TableType,
    TypeSection, ValType,
};

use super::snippets::{Context, Snippet};

/// The types of values.
pub const TYPES: [ValType; 6] =
    [ValType::I32, ValType::I64, ValType::F32, ValType::F64, ValType::V128, ValType::FUNCREF];

/// The shape of a contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Number of functions with the same body.
    pub functions: u32,
    /// Number of parameters and of locals that are read at the end of the function, so that they are alive all the time.
    pub parameters: u32,
    pub live: u32,
    /// Number of locals that are never used.
    pub unused: u32,
    /// Number of values that lie on the stack all the time.
    pub operands: u32,
    /// The type of the locals and operands.
    pub ty: ValType,
    /// Blocks around the code: `loop` if true, or else `block`.
    pub nesting: u32,
    pub loops: bool,
    /// Parameters and results of the functions that are called.
    pub callee: (u32, u32),
    /// The code of a function, and how often it is repeated.
    pub code: Vec<(Snippet, u32)>,
    pub repeated: u32,
    /// True if the functions are exported, or elements of a segment.
    pub exported: bool,
    pub elements: bool,
    /// Number of other function types, each with as many parameters and results as a callee.
    pub types: u32,
    /// True if each function has a type of its own among these.
    pub own_types: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            functions: 1,
            parameters: 0,
            live: 0,
            unused: 0,
            operands: 0,
            ty: ValType::I64,
            nesting: 0,
            loops: false,
            callee: (0, 0),
            code: Vec::new(),
            repeated: 1,
            exported: false,
            elements: false,
            types: 0,
            own_types: false,
        }
    }
}

/// Types before the added ones: `() -> ()`, `() -> i64`, the callee's, the function's.
const FIRST_TYPES: u32 = 4;

/// Functions before the repeated ones.
pub const FIRST_FUNCTIONS: u32 = 3;

impl Shape {
    /// Returns the contract.
    pub fn wasm(&self) -> Vec<u8> {
        let mut module = Module::new();
        let callee = |count: u32| vec![ValType::I64; count as usize];
        let mut types = TypeSection::new();
        types.ty().function([], []);
        types.ty().function([], [ValType::I64]);
        types.ty().function(callee(self.callee.0), callee(self.callee.1));
        types.ty().function(vec![self.ty; self.parameters as usize], []);
        for number in 0..self.types {
            let bits = (0..16).map(|bit| if number >> bit & 1 == 1 { ValType::I32 } else { ValType::I64 });
            let parameters: Vec<_> = callee(self.callee.0.min(48)).into_iter().chain(bits).collect();
            types.ty().function(parameters, callee(if self.own_types { 0 } else { self.callee.1 }));
        }
        module.section(&types);

        let mut imports = ImportSection::new();
        let storage = MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None };
        imports.import("storage", "memory", EntityType::Memory(storage));
        imports.import("vellum", "gas_left", EntityType::Function(1));
        module.section(&imports);

        let mut functions = FunctionSection::new();
        functions.function(0).function(2);
        for number in 0..self.functions {
            let own = self.own_types && self.types > 0;
            functions.function(if own { FIRST_TYPES + number % self.types } else { 3 });
        }
        module.section(&functions);

        let mut tables = TableSection::new();
        let table =
            TableType { element_type: RefType::FUNCREF, minimum: 10_000, maximum: None, table64: false, shared: false };
        tables.table(table);
        module.section(&tables);
        let mut memories = MemorySection::new();
        memories.memory(MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None });
        module.section(&memories);
        let mut globals = GlobalSection::new();
        let global = |val_type| GlobalType { val_type, mutable: true, shared: false };
        globals.global(global(ValType::I64), &ConstExpr::i64_const(1));
        globals.global(global(ValType::F64), &ConstExpr::f64_const(Ieee64::new(0)));
        globals.global(global(ValType::V128), &ConstExpr::v128_const(0));
        globals.global(global(ValType::FUNCREF), &ConstExpr::ref_null(wasm_encoder::HeapType::FUNC));
        globals.global(global(ValType::F32), &ConstExpr::f32_const(Ieee32::new(0)));
        globals.global(global(ValType::I32), &ConstExpr::i32_const(7));
        module.section(&globals);

        let mut exports = ExportSection::new();
        exports.export("memory", ExportKind::Memory, 1);
        if self.exported && !(self.own_types && self.types > 0) && (self.parameters == 0 || self.ty == ValType::I64) {
            for number in 0..self.functions.min(9_000) {
                exports.export(&format!("f{number}"), ExportKind::Func, FIRST_FUNCTIONS + number);
            }
        }
        module.section(&exports);

        let mut elements = ElementSection::new();
        let mut all = vec![0, 1, 2];
        if self.elements {
            all.extend((0..self.functions.min(9_000)).map(|number| FIRST_FUNCTIONS + number));
        }
        let active = ElementMode::Active { table: None, offset: &ConstExpr::i32_const(0) };
        elements.segment(ElementSegment { mode: active, elements: Elements::Functions(all.as_slice().into()) });
        elements
            .segment(ElementSegment { mode: ElementMode::Passive, elements: Elements::Functions((&[1][..]).into()) });
        module.section(&elements);
        module.section(&DataCountSection { count: 1 });

        let mut code = CodeSection::new();
        let mut leaf = Function::new([]);
        leaf.instructions().end();
        code.function(&leaf);
        let mut callee = Function::new([]);
        (0..self.callee.1).for_each(|_| _ = callee.instructions().i64_const(0));
        callee.instructions().end();
        code.function(&callee);
        let body = self.body();
        for _ in 0..self.functions {
            code.function(&body);
        }
        module.section(&code);
        let mut data = DataSection::new();
        data.passive([1, 2, 3]);
        module.section(&data);
        module.finish()
    }

    fn body(&self) -> Function {
        let own_parameters =
            if self.own_types && self.types > 0 { self.callee.0.min(48) + 16 } else { self.parameters };
        let first_scratch = own_parameters + self.live;
        // One scratch local of each type.
        let mut declared = vec![(self.live, self.ty)];
        declared.extend(TYPES.map(|ty| (1, ty)));
        declared.push((self.unused, self.ty));
        let mut function = Function::new(declared);
        let locals: Vec<u32> =
            if self.own_types && self.types > 0 { own_parameters..first_scratch } else { 0..first_scratch }.collect();
        let mut sink = function.instructions();
        for local in own_parameters..first_scratch {
            get_global(&mut sink, self.ty);
            sink.local_set(local);
        }
        for _ in 0..self.operands {
            get_global(&mut sink, self.ty);
        }
        for _ in 0..self.nesting {
            if self.loops {
                sink.loop_(BlockType::Empty)
            } else {
                sink.block(BlockType::Empty)
            };
        }
        let mut context =
            Context { locals, ty: self.ty, first_scratch, callee: self.callee, nesting: self.nesting, at: 0 };
        for _ in 0..self.repeated {
            for (snippet, count) in &self.code {
                for _ in 0..*count {
                    snippet.add(&mut sink, &mut context);
                    context.at += 1;
                }
            }
        }
        (0..self.nesting).for_each(|_| _ = sink.end());
        for _ in 0..self.operands {
            set_global(&mut sink, self.ty);
        }
        for local in &context.locals {
            sink.local_get(*local);
            set_global(&mut sink, self.ty);
        }
        sink.end();
        function
    }
}

/// The number of the global of a type.
fn global(ty: ValType) -> u32 {
    match ty {
        ValType::I64 => 0,
        ValType::F64 => 1,
        ValType::V128 => 2,
        ValType::F32 => 4,
        ValType::I32 => 5,
        _ => 3,
    }
}

pub fn get_global(sink: &mut InstructionSink<'_>, ty: ValType) {
    sink.global_get(global(ty));
}

pub fn set_global(sink: &mut InstructionSink<'_>, ty: ValType) {
    sink.global_set(global(ty));
}
