//! The code of a function as it is written: instructions, prices, scratch locals, and which branches are unlikely.

use wasm_encoder::{BlockType, BranchHint, Encode, Function, Instruction, InstructionSink, ValType};

/// A function of the prepared module.
pub(super) struct Rewritten {
    pub function: Function,
    /// Which branches are hardly ever taken.
    pub hints: Vec<BranchHint>,
}

/// What a scratch local holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scratch {
    /// The address of an access, the destination of a bulk operation, or the depth.
    Address,
    /// The source of a bulk operation, or the byte it fills with.
    Source,
    /// The length of a bulk operation.
    Length,
    /// The operand above an access's address.
    Operand(wasmparser::ValType),
}

/// The code of a function as it grows. Locals are declared in front of it, so it is put together at the end.
pub(super) struct Writer {
    code: Vec<u8>,
    hints: Vec<usize>,
    first_scratch: u32,
    scratch: Vec<(Scratch, ValType)>,
}

impl Writer {
    /// Nothing yet. The function's parameters and locals are those before `first_scratch`.
    pub fn new(first_scratch: u32) -> Self {
        Self { code: Vec::new(), hints: Vec::new(), first_scratch, scratch: Vec::new() }
    }

    pub fn sink(&mut self) -> InstructionSink<'_> {
        InstructionSink::new(&mut self.code)
    }

    pub fn instruction(&mut self, instruction: &Instruction<'_>) {
        instruction.encode(&mut self.code);
    }

    /// The local that holds something; it is declared when it is first asked for.
    pub fn scratch(&mut self, wanted: Scratch) -> u32 {
        let position = self.scratch.iter().position(|(held, _)| *held == wanted).unwrap_or_else(|| {
            let ty = match wanted {
                Scratch::Operand(wasmparser::ValType::I64) => ValType::I64,
                Scratch::Operand(wasmparser::ValType::F32) => ValType::F32,
                Scratch::Operand(wasmparser::ValType::F64) => ValType::F64,
                Scratch::Operand(wasmparser::ValType::V128) => ValType::V128,
                _ => ValType::I32,
            };
            self.scratch.push((wanted, ty));
            self.scratch.len() - 1
        });
        self.first_scratch + position as u32
    }

    /// Begins an `if` whose body is hardly ever run.
    pub fn if_unlikely(&mut self) {
        self.hints.push(self.code.len());
        self.sink().if_(BlockType::Empty);
    }

    /// Charges units of gas.
    pub fn price(&mut self, units: u32) {
        const NOP: u8 = 0x01;
        self.code.resize(self.code.len() + units as usize, NOP);
    }

    /// The function; `locals` are those it has besides.
    pub fn finish(self, mut locals: Vec<(u32, ValType)>) -> Rewritten {
        locals.extend(self.scratch.iter().map(|(_, ty)| (1, *ty)));
        let mut function = Function::new(locals);
        let before = function.byte_len();
        function.raw(self.code);
        let hint = |at: usize| BranchHint { branch_func_offset: (before + at) as u32, branch_hint_value: 0 };
        Rewritten { function, hints: self.hints.into_iter().map(hint).collect() }
    }
}
