//! `vellum imports`

use serde::Serialize;
use vellum::contract::imports::{Documented, MODULES, Memory, Module, Parameter};

use super::context::Context;
use super::error::CliError;
use super::wrap::wrapped;

/// The indentation of a name, and of the text under it.
const NAME: usize = 2;
const TEXT: usize = 6;

/// Show what a contract can import: parameters, prices, meanings and refusals
#[derive(Debug, clap::Args)]
pub struct ImportsCommand {}

impl ImportsCommand {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let document = || Contents { modules: MODULES.iter().map(ModuleDocument::new).collect() };
        let text = || MODULES.iter().map(module).collect::<Vec<_>>().join("\n");
        context.output.document(document, text)
    }
}

fn module(module: &Module) -> String {
    let mut text = format!("{}: {}\n", module.name, module.meaning);
    for Memory { name, meaning, refusals } in module.memories {
        text += &wrapped([*name, "(memory)"], NAME, TEXT);
        text += &wrapped(meaning.split(' '), TEXT, TEXT);
        text += &refused(refusals);
    }
    for documented @ Documented { function, meaning, refusals, .. } in module.functions {
        text += &wrapped(head(documented).iter().map(String::as_str), NAME, TEXT);
        text += &wrapped(format!("{} gas. {meaning}", function.price).split(' '), TEXT, TEXT);
        text += &refused(refusals);
    }
    text
}

/// Returns the name and type of a function, as parts that are not wrapped.
fn head(Documented { function, parameters, .. }: &Documented) -> Vec<String> {
    let last = parameters.len().saturating_sub(1);
    let parameter = |(at, parameter): (usize, &Parameter)| {
        let (open, close) = (if at == 0 { "(" } else { "" }, if at == last { ")" } else { "," });
        format!("{open}{} {}{close}", parameter.name, parameter.ty)
    };
    let mut parts = vec![function.name.to_owned()];
    parts.extend(parameters.iter().enumerate().map(parameter));
    if parameters.is_empty() {
        parts.push("()".to_owned());
    }
    parts.extend(function.results.iter().map(|ty| format!("-> {ty}")));
    parts
}

fn refused(refusals: &[&str]) -> String {
    match refusals {
        [] => String::new(),
        _ => wrapped(format!("Refused if {}.", refusals.join("; ")).split(' '), TEXT, TEXT),
    }
}

/// All imports as JSON.
#[derive(Debug, Serialize)]
struct Contents {
    modules: Vec<ModuleDocument>,
}

#[derive(Debug, Serialize)]
struct ModuleDocument {
    name: &'static str,
    meaning: &'static str,
    memories: Vec<MemoryDocument>,
    functions: Vec<FunctionDocument>,
}

#[derive(Debug, Serialize)]
struct MemoryDocument {
    name: &'static str,
    meaning: &'static str,
    refusals: &'static [&'static str],
}

#[derive(Debug, Serialize)]
struct FunctionDocument {
    name: &'static str,
    params: Vec<ParameterDocument>,
    results: Vec<String>,
    price: u32,
    meaning: &'static str,
    refusals: &'static [&'static str],
}

#[derive(Debug, Serialize)]
struct ParameterDocument {
    name: &'static str,
    #[serde(rename = "type")]
    ty: String,
}

impl ModuleDocument {
    fn new(module: &Module) -> Self {
        let &Module { name, meaning, memories, functions } = module;
        let memory = |&Memory { name, meaning, refusals }: &Memory| MemoryDocument { name, meaning, refusals };
        let memories = memories.iter().map(memory).collect();
        Self { name, meaning, memories, functions: functions.iter().map(FunctionDocument::new).collect() }
    }
}

impl FunctionDocument {
    fn new(documented: &Documented) -> Self {
        let &Documented { function, parameters, meaning, refusals } = documented;
        let params = parameters.iter().map(|&Parameter { name, ty }| ParameterDocument { name, ty: ty.to_string() });
        let results = function.results.iter().map(ToString::to_string).collect();
        Self { name: function.name, params: params.collect(), results, price: function.price, meaning, refusals }
    }
}
