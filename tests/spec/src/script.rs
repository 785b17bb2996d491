//! A script of the testsuite, sorted by the modules on which it acts.

use std::collections::HashMap;

use vellum::receipt::Value;
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::token::Span;
use wast::{QuoteWat, QuoteWatTest, Wast, WastDirective, WastExecute, WastInvoke};

use crate::skip::Skip;
use crate::values::{self, Expected};

/// A script: what must be refused, what can be run, and what is skipped.
#[derive(Default)]
pub struct Script {
    pub refusals: Vec<Refusal>,
    pub subjects: Vec<Subject>,
    pub skipped: Vec<Skip>,
}

/// Code that must not be deployed.
pub struct Refusal {
    pub line: usize,
    pub code: Vec<u8>,
    /// "malformed", "invalid" or "unlinkable".
    pub kind: &'static str,
    /// The reason that the script gives.
    pub reason: String,
}

/// An instance of a module and everything that the script does with it.
pub struct Subject {
    pub line: usize,
    pub wasm: Vec<u8>,
    /// The message of the trap that ends the instantiation.
    pub trap: Option<String>,
    pub actions: Vec<Action>,
    /// True once the script has registered the instance, so that other modules may change it.
    is_shared: bool,
}

/// One action on an instance.
#[derive(Debug, Clone)]
pub struct Action {
    pub line: usize,
    pub target: Target,
    pub arguments: Vec<Value>,
    pub outcome: Outcome,
}

/// What an action acts on.
#[derive(Debug, Clone)]
pub enum Target {
    Function(String),
    Global(String),
}

/// How an action must end.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// With these results; `None` if the script does not look at them.
    Returns(Option<Vec<Expected>>),
    /// With a trap of this message.
    Traps(String),
    /// By using up the call stack.
    Exhausts,
}

impl Target {
    /// Returns the name of the contract's export.
    pub fn export(&self) -> String {
        match self {
            Self::Function(name) => name.clone(),
            Self::Global(name) => format!("spec:get {name}"),
        }
    }
}

impl Script {
    /// Parses a script.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut lexer = Lexer::new(text);
        lexer.allow_confusing_unicode(true);
        let buffer = ParseBuffer::new_with_lexer(lexer).map_err(|error| error.to_string())?;
        let wast = parser::parse::<Wast<'_>>(&buffer).map_err(|error| error.to_string())?;
        let mut reader = Reader { text, script: Self::default(), names: HashMap::new(), current: None };
        for directive in wast.directives {
            let line = reader.line(directive.span());
            reader.directive(line, directive).map_err(|error| format!("line {line}: {error}"))?;
        }
        Ok(reader.script)
    }
}

struct Reader<'t> {
    text: &'t str,
    script: Script,
    /// The instances with a name.
    names: HashMap<String, usize>,
    current: Option<usize>,
}

impl Reader<'_> {
    fn line(&self, span: Span) -> usize {
        span.linecol_in(self.text).0 + 1
    }

    fn directive(&mut self, line: usize, directive: WastDirective<'_>) -> Result<(), wast::Error> {
        match directive {
            WastDirective::Module(mut module) => {
                let name = module.name().map(|id| id.name().to_owned());
                self.subject(line, module.encode()?, None);
                if let (Some(name), Some(current)) = (name, self.current) {
                    self.names.insert(name, current);
                }
            }
            WastDirective::AssertMalformed { module, message, .. } => self.refusal(line, module, "malformed", message),
            WastDirective::AssertInvalid { module, message, .. } => self.refusal(line, module, "invalid", message),
            WastDirective::AssertUnlinkable { module, message, .. } => {
                self.refusal(line, QuoteWat::Wat(module), "unlinkable", message);
            }
            WastDirective::Register { module, .. } => {
                let instance = self.instance(module.map(|id| id.name()));
                if let Some(subject) = instance.and_then(|instance| self.script.subjects.get_mut(instance)) {
                    subject.is_shared = true;
                }
            }
            WastDirective::Invoke(invoke) => {
                self.action(line, WastExecute::Invoke(invoke), Ok(Outcome::Returns(None)))?;
            }
            WastDirective::AssertReturn { exec, results, .. } => {
                let results = values::results(&results);
                self.action(line, exec, results.map(|results| Outcome::Returns(Some(results))))?;
            }
            WastDirective::AssertTrap { exec, message, .. } => {
                self.action(line, exec, Ok(Outcome::Traps(message.to_owned())))?;
            }
            WastDirective::AssertExhaustion { call, .. } => {
                self.action(line, WastExecute::Invoke(call), Ok(Outcome::Exhausts))?;
            }
            WastDirective::AssertInvalidCustom { .. } | WastDirective::AssertMalformedCustom { .. } => {
                self.skip("custom sections, which are dropped");
            }
            WastDirective::ModuleDefinition(_) | WastDirective::ModuleInstance { .. } => {
                self.skip("modules with several instances");
            }
            WastDirective::AssertException { .. } => self.skip("exceptions"),
            WastDirective::AssertSuspension { .. } => self.skip("suspensions"),
            WastDirective::Thread(_) | WastDirective::Wait { .. } => self.skip("threads"),
        }
        Ok(())
    }

    fn skip(&mut self, reason: &str) {
        self.script.skipped.push(Skip::new(reason));
    }

    fn subject(&mut self, line: usize, wasm: Vec<u8>, trap: Option<String>) {
        self.current = Some(self.script.subjects.len());
        self.script.subjects.push(Subject { line, wasm, trap, actions: Vec::new(), is_shared: false });
    }

    /// Text that does not parse, and code that cannot be encoded, is refused as it is.
    fn refusal(&mut self, line: usize, mut module: QuoteWat<'_>, kind: &'static str, reason: &str) {
        match module.to_test() {
            Ok(QuoteWatTest::Binary(code) | QuoteWatTest::Text(code)) => {
                self.script.refusals.push(Refusal { line, code, kind, reason: reason.to_owned() });
            }
            Err(_) => self.skip("malformed code that the parser of scripts refuses"),
        }
    }

    fn instance(&self, name: Option<&str>) -> Option<usize> {
        match name {
            Some(name) => self.names.get(name).copied(),
            None => self.current,
        }
    }

    fn action(
        &mut self,
        line: usize,
        execute: WastExecute<'_>,
        outcome: Result<Outcome, Skip>,
    ) -> Result<(), wast::Error> {
        let (instance, target, arguments) = match execute {
            WastExecute::Wat(module) => {
                let Ok(Outcome::Traps(message)) = outcome else {
                    self.skip("instantiations that return results");
                    return Ok(());
                };
                let current = self.current;
                self.subject(line, QuoteWat::Wat(module).encode()?, Some(message));
                self.current = current;
                return Ok(());
            }
            WastExecute::Invoke(WastInvoke { module, name, args, .. }) => {
                (self.instance(module.map(|id| id.name())), Target::Function(name.to_owned()), values::arguments(&args))
            }
            WastExecute::Get { module, global, .. } => {
                (self.instance(module.map(|id| id.name())), Target::Global(global.to_owned()), Ok(Vec::new()))
            }
        };
        match (instance.map(|instance| &mut self.script.subjects[instance]), arguments, outcome) {
            (None, ..) => self.skip("actions on modules that are not here"),
            (Some(subject), ..) if subject.is_shared => self.skip("actions on a module that others import"),
            (_, Err(reason), _) | (_, _, Err(reason)) => self.script.skipped.push(reason),
            (Some(subject), Ok(arguments), Ok(outcome)) => {
                subject.actions.push(Action { line, target, arguments, outcome });
            }
        }
        Ok(())
    }
}
