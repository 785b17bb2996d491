//! Writes the code of a function: instructions, prices, scratch locals and hints for unlikely branches.

use wasm_encoder::{BlockType, BranchHint, Encode, Function, Instruction, InstructionSink, ValType};

/// A function of the prepared module.
pub(super) struct RewrittenFunction {
    pub function: Function,
    /// Hints for unlikely branches.
    pub hints: Vec<BranchHint>,
}

/// The use of a scratch local.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scratch {
    /// The address of an access, the destination of a bulk instruction, or the call depth.
    Address,
    /// The source of a bulk instruction, or the byte with which it fills.
    Source,
    /// The length of a bulk instruction.
    Length,
    /// The operand above the address of an access.
    Operand(wasmparser::ValType),
}

/// Collects the code of a function. Locals are declared in front of the code, so the function is assembled at the end.
pub(super) struct Writer {
    code: Vec<u8>,
    hints: Vec<usize>,
    first_scratch: u32,
    scratch: Vec<(Scratch, ValType)>,
}

impl Writer {
    /// Returns a writer without code. Scratch locals start at `first_scratch`, after the function's parameters and locals.
    pub fn new(first_scratch: u32) -> Self {
        Self { code: Vec::new(), hints: Vec::new(), first_scratch, scratch: Vec::new() }
    }

    pub fn sink(&mut self) -> InstructionSink<'_> {
        InstructionSink::new(&mut self.code)
    }

    pub fn instruction(&mut self, instruction: &Instruction<'_>) {
        instruction.encode(&mut self.code);
    }

    /// Returns the local for a use. It is declared at the first request.
    pub fn scratch(&mut self, purpose: Scratch) -> u32 {
        let position = self.scratch.iter().position(|(known, _)| *known == purpose).unwrap_or_else(|| {
            let ty = match purpose {
                Scratch::Operand(wasmparser::ValType::I64) => ValType::I64,
                Scratch::Operand(wasmparser::ValType::F32) => ValType::F32,
                Scratch::Operand(wasmparser::ValType::F64) => ValType::F64,
                Scratch::Operand(wasmparser::ValType::V128) => ValType::V128,
                _ => ValType::I32,
            };
            self.scratch.push((purpose, ty));
            self.scratch.len() - 1
        });
        self.first_scratch + position as u32
    }

    /// Begins an `if` whose body is unlikely to run.
    pub fn if_unlikely(&mut self) {
        self.hints.push(self.code.len());
        self.sink().if_(BlockType::Empty);
    }

    /// Adds a price in units of gas.
    pub fn price(&mut self, units: u32) {
        const NOP: u8 = 0x01;
        self.code.resize(self.code.len() + units as usize, NOP);
    }

    /// Returns the function. `locals` are its locals before the scratch locals.
    pub fn finish(self, mut locals: Vec<(u32, ValType)>) -> RewrittenFunction {
        locals.extend(self.scratch.iter().map(|(_, ty)| (1, *ty)));
        let mut function = Function::new(locals);
        let before = function.byte_len();
        function.raw(self.code);
        let hint = |at: usize| BranchHint { branch_func_offset: (before + at) as u32, branch_hint_value: 0 };
        RewrittenFunction { function, hints: self.hints.into_iter().map(hint).collect() }
    }
}
