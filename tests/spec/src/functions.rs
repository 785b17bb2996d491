//! The functions that a contract has beside those of its module.

use std::collections::BTreeMap;

use wasm_encoder::{ExportKind, ExportSection, FuncType, Function, InstructionSink, MemArg, ValType};
use wasmparser::ExternalKind;

use crate::lowering::{lift, lower, lowered, push};
use crate::module::Module;
use crate::script::{Action, Outcome, Target};
use crate::skip::Unusable;

/// The number of actions that one function runs. The compiler's work on a function grows with the square of its branches, and is limited.
const ACTIONS_OF_A_FUNCTION: usize = 500;

/// How `upto` hands over the results of its actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Results {
    /// By calls of the custom host function `spec.result`.
    Import,
    /// In own memory, which is the output of the call.
    OwnMemory,
}

/// The added functions, their types, and what can be called.
pub struct Functions<'a> {
    module: &'a Module<'a>,
    /// Types that follow those of the module.
    pub types: Vec<FuncType>,
    /// Functions that follow those of the module: their types and bodies.
    pub bodies: Vec<(u32, Function)>,
    /// The imported function and its type.
    pub import: (&'static str, &'static str),
    pub import_type: u32,
    /// True if the contract needs an own memory for results.
    pub needs_memory: bool,
    /// The number of results of all actions that return.
    pub result_count: usize,
    /// The number of results that `upto` hands over for each action.
    pub widths: Vec<usize>,
    exports: BTreeMap<String, Callable>,
}

/// An export that a call can pass its arguments to.
#[derive(Debug, Clone)]
struct Callable {
    function: u32,
    results: Vec<ValType>,
}

/// The offset of the local variables for results of each type in `upto`, whose first local is its parameter.
struct Scratch {
    i32: u32,
    i64: u32,
}

impl<'a> Functions<'a> {
    pub fn new(module: &'a Module<'a>) -> Self {
        Self {
            module,
            types: Vec::new(),
            bodies: Vec::new(),
            import: ("spec", "result"),
            import_type: 0,
            needs_memory: false,
            result_count: 0,
            widths: Vec::new(),
            exports: BTreeMap::new(),
        }
    }

    fn add_type(&mut self, ty: FuncType) -> u32 {
        self.types.push(ty);
        (self.module.types.len() + self.types.len() - 1) as u32
    }

    /// Returns true if there is an export of this name.
    pub fn has(&self, name: &str) -> bool {
        self.exports.contains_key(name)
    }

    /// Adds a function with an export. Returns its index.
    pub fn add(&mut self, name: &str, (params, results): (Vec<ValType>, Vec<ValType>), body: Function) -> u32 {
        let ty = self.add_type(FuncType::new(params, results.clone()));
        self.bodies.push((ty, body));
        let function = (self.module.functions.len() + self.bodies.len()) as u32;
        self.exports.insert(name.to_owned(), Callable { function, results });
        function
    }

    /// Exports a function of the module, with a wrapper if a call cannot pass its types.
    pub fn export(&mut self, name: &str, function: u32) -> Result<(), Unusable> {
        let ty = self.module.function_type(function).ok_or_else(|| missing(name))?.clone();
        let (params, results) = (lowered(ty.params())?, lowered(ty.results())?);
        if params == ty.params() && results == ty.results() {
            self.exports.insert(name.to_owned(), Callable { function: 1 + function, results });
            return Ok(());
        }
        let locals = ty.results().iter().map(|ty| (1, *ty));
        let mut body = Function::new(locals);
        let mut code = body.instructions();
        let mut local = 0;
        for param in ty.params() {
            lift(&mut code, *param, &mut local);
        }
        code.call(1 + function);
        for result in (0..ty.results().len() as u32).rev() {
            code.local_set(local + result);
        }
        for (result, ty) in (0..).zip(ty.results()) {
            code.local_get(local + result);
            lower(&mut code, *ty, local + result);
        }
        code.end();
        self.add(name, (params, results), body);
        Ok(())
    }

    /// Exports a function that reads a global, if the action does so.
    pub fn global_of(&mut self, action: &Action) -> Result<(), Unusable> {
        let Target::Global(name) = &action.target else { return Ok(()) };
        let global = self.module.export(name, ExternalKind::Global).ok_or_else(|| missing(name))?;
        let ty = self.module.globals.get(global as usize).ok_or_else(|| missing(name))?.val_type;
        let mut body = Function::new([(1, ty)]);
        let mut code = body.instructions();
        code.global_get(global).local_tee(0);
        lower(&mut code, ty, 0);
        code.end();
        self.add(&action.target.export(), (vec![], lowered(&[ty])?), body);
        Ok(())
    }

    /// Adds the function that runs this number of actions: `init`, then each of them that returns, and the last of them also if
    /// it does not return.
    pub fn add_up_to(
        &mut self,
        name: &str,
        init: Option<u32>,
        actions: &[Action],
        results: Results,
    ) -> Result<(), Unusable> {
        let callables = actions.iter().map(|action| self.callable(action)).collect::<Result<Vec<_>, _>>()?;
        let most = |ty| {
            let of_type = |callable: &Callable| callable.results.iter().filter(|result| **result == ty).count() as u32;
            callables.iter().map(of_type).max().unwrap_or(0)
        };
        let (i32s, i64s) = (most(ValType::I32), most(ValType::I64));
        let scratch = Scratch { i32: 1, i64: 1 + i32s };
        let mut parts = Vec::new();
        let numbered: Vec<_> = (0..).zip(actions.iter().zip(&callables)).collect();
        for part in numbered.chunks(ACTIONS_OF_A_FUNCTION) {
            let mut body = Function::new([(i32s, ValType::I32), (i64s, ValType::I64)]);
            let mut code = body.instructions();
            code.block(wasm_encoder::BlockType::Empty);
            for (number, (action, callable)) in part {
                self.run_action(&mut code, *number, action, callable, &scratch, results);
            }
            code.end().end();
            let first = part.first().map_or(0, |(number, _)| *number);
            parts.push(self.add(&format!("{name} from {first}"), (vec![ValType::I32], vec![]), body));
        }
        let mut body = Function::new([]);
        let mut code = body.instructions();
        if let Some(init) = init {
            code.call(init);
        }
        for part in parts {
            code.local_get(0).call(part);
        }
        self.needs_memory = results == Results::OwnMemory;
        let params = match results {
            Results::Import => vec![ValType::I64],
            Results::OwnMemory => {
                self.import = ("vellum", "return");
                code.i32_const(0).i32_const(self.result_count as i32 * 8).call(0);
                vec![ValType::I32, ValType::I32]
            }
        };
        code.end();
        self.import_type = self.add_type(FuncType::new(params, []));
        self.add(name, (vec![ValType::I32], vec![]), body);
        Ok(())
    }

    /// Runs an action and hands over its results, or leaves the block if the action is after the last one.
    fn run_action(
        &mut self,
        code: &mut InstructionSink<'_>,
        number: i32,
        action: &Action,
        callable: &Callable,
        scratch: &Scratch,
        results: Results,
    ) {
        code.local_get(0).i32_const(number).i32_le_u().br_if(0);
        let returns = matches!(action.outcome, Outcome::Returns(_));
        if !returns {
            code.local_get(0).i32_const(number + 1).i32_eq().if_(wasm_encoder::BlockType::Empty);
        }
        push(code, &action.arguments);
        code.call(callable.function);
        self.widths.push(if returns { callable.results.len() } else { 0 });
        if returns {
            self.hand_over(code, &callable.results, scratch, results);
        } else {
            for _ in &callable.results {
                code.drop();
            }
            code.end();
        }
    }

    /// Hands over the results on the stack.
    fn hand_over(&mut self, code: &mut InstructionSink<'_>, types: &[ValType], scratch: &Scratch, results: Results) {
        let mut next = (scratch.i32, scratch.i64);
        let locals = types.iter().map(|ty| {
            let next = if *ty == ValType::I32 { &mut next.0 } else { &mut next.1 };
            *next += 1;
            *next - 1
        });
        let locals = locals.collect::<Vec<_>>();
        for local in locals.iter().rev() {
            code.local_set(*local);
        }
        for (local, ty) in locals.into_iter().zip(types) {
            if results == Results::OwnMemory {
                code.i32_const(self.result_count as i32 * 8);
            }
            code.local_get(local);
            if *ty == ValType::I32 {
                code.i64_extend_i32_u();
            }
            match results {
                Results::Import => code.call(0),
                Results::OwnMemory => code.i64_store(MemArg { offset: 0, align: 3, memory_index: 1 }),
            };
            self.result_count += 1;
        }
    }

    fn callable(&self, action: &Action) -> Result<Callable, Unusable> {
        let name = action.target.export();
        Ok(self.exports.get(&name).ok_or_else(|| missing(&name))?.clone())
    }

    /// Exports what can be called, and the own memory for results.
    pub fn export_into(&self, exports: &mut ExportSection) {
        for (name, callable) in &self.exports {
            exports.export(name, ExportKind::Func, callable.function);
        }
        if self.needs_memory {
            exports.export("memory", ExportKind::Memory, 1);
        }
    }
}

fn missing(name: &str) -> Unusable {
    Unusable::Failure(format!("the module has no export {name:?}"))
}
