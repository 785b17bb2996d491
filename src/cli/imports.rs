//! `vellum imports`

use serde::Serialize;
use vellum::contract::imports::{Documented, INLINE_REFUSALS, Inline, MODULES, Memory, Module, Parameter};

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
    for inline in module.inline {
        text += &wrapped(inline_head(inline).iter().map(String::as_str), NAME, TEXT);
        text += &wrapped(format!("{} gas. {}", inline.price(), inline.meaning).split(' '), TEXT, TEXT);
    }
    if !module.inline.is_empty() {
        text += &wrapped(
            ["The", "functions", "that", "cost", "1", "or", "16", "gas", "stand", "for", "instructions."],
            NAME,
            NAME,
        );
        text += &refused(INLINE_REFUSALS);
    }
    text
}

fn head(Documented { function, parameters, .. }: &Documented) -> Vec<String> {
    let parameters = parameters.iter().map(|parameter| (parameter.name, parameter.ty.to_string())).collect();
    typed(function.name, parameters, function.results.iter().map(ToString::to_string))
}

fn inline_head(inline: &Inline) -> Vec<String> {
    let parameters = inline.parameters.iter().map(|(name, ty)| (*name, ty.to_string())).collect();
    typed(inline.name, parameters, inline.results.iter().map(ToString::to_string))
}

/// Returns the name and type of a function, as parts that are not wrapped.
fn typed(name: &str, parameters: Vec<(&str, String)>, results: impl Iterator<Item = String>) -> Vec<String> {
    let last = parameters.len().saturating_sub(1);
    let mut parts = vec![name.to_owned()];
    if parameters.is_empty() {
        parts.push("()".to_owned());
    }
    for (at, (name, ty)) in parameters.into_iter().enumerate() {
        let (open, close) = (if at == 0 { "(" } else { "" }, if at == last { ")" } else { "," });
        parts.push(format!("{open}{name} {ty}{close}"));
    }
    parts.extend(results.map(|ty| format!("-> {ty}")));
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
        let &Module { name, meaning, memories, functions, inline } = module;
        let memory = |&Memory { name, meaning, refusals }: &Memory| MemoryDocument { name, meaning, refusals };
        let memories = memories.iter().map(memory).collect();
        let functions = functions.iter().map(FunctionDocument::new).chain(inline.iter().map(FunctionDocument::inline));
        Self { name, meaning, memories, functions: functions.collect() }
    }
}

impl FunctionDocument {
    fn inline(inline: &Inline) -> Self {
        let &Inline { name, meaning, parameters, results, .. } = inline;
        let params = parameters.iter().map(|(name, ty)| ParameterDocument { name, ty: ty.to_string() }).collect();
        let results = results.iter().map(ToString::to_string).collect();
        Self { name, params, results, price: inline.price(), meaning, refusals: INLINE_REFUSALS }
    }

    fn new(documented: &Documented) -> Self {
        let &Documented { function, parameters, meaning, refusals } = documented;
        let params = parameters.iter().map(|&Parameter { name, ty }| ParameterDocument { name, ty: ty.to_string() });
        let results = function.results.iter().map(ToString::to_string).collect();
        Self { name: function.name, params: params.collect(), results, price: function.price, meaning, refusals }
    }
}
