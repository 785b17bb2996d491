//! The sources, and the arrows between them.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use crate::mentions::{Mention, Mentions, mentions};

/// That one file imports something which another defines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrow {
    pub from: String,
    /// The first line that does.
    pub line: usize,
    pub to: String,
}

impl fmt::Display for Arrow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} imports {}", self.from, self.line, self.to)
    }
}

/// A source file.
#[derive(Debug)]
struct File {
    /// Its path from the root of the project.
    path: String,
    mentions: Mentions,
}

/// A module by its words. Those of the program begin with `bin`, those of the library with `lib`.
type Module = Vec<String>;

/// All source files by the names of their modules.
#[derive(Debug)]
pub struct Sources {
    modules: BTreeMap<Module, File>,
}

/// Steps after which a name that is shown by one module after another is taken for a loop.
const MOST_STEPS: usize = 16;

impl Sources {
    /// Those of this project, without its tests.
    pub fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = Vec::new();
        collect(root, &root.join("src"), &mut files);
        assert!(files.len() > 100, "{} files", files.len());
        Self::of(files.iter().map(|(path, text)| (&**path, &**text)))
    }

    /// These, by their paths.
    pub fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let no_tests = files.into_iter().filter(|(path, _)| !path.contains("/tests/") && !path.ends_with("/tests.rs"));
        let file = |(path, text): (&str, &str)| {
            let mentions = mentions(text).unwrap_or_else(|error| panic!("{path} is not Rust: {error}"));
            (module_of(path), File { path: path.to_owned(), mentions })
        };
        Self { modules: no_tests.map(file).collect() }
    }

    /// Each file with each other that it imports something from, itself left out.
    pub fn arrows(&self) -> Vec<Arrow> {
        let mut arrows: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (module, file) in &self.modules {
            for mention in &file.mentions.paths {
                let Some(target) = self.definition(module, &mention.words, 0) else { continue };
                let to = &self.modules[&target];
                // A module that shows what its own parts define is their front, and stands on none of them, unless it uses that.
                let is_part = target.len() > module.len() && target.starts_with(module);
                let used = mention.name.as_ref().and_then(|name| file.mentions.words.get(name)).copied();
                let line = if mention.shown && is_part { used } else { Some(mention.line) };
                if let Some(line) = line.filter(|_| to.path != file.path) {
                    let first = arrows.entry((&file.path, &to.path)).or_insert(line);
                    *first = (*first).min(line);
                }
            }
        }
        let arrow =
            |((from, to), line): ((&str, &str), usize)| Arrow { from: from.to_owned(), line, to: to.to_owned() };
        arrows.into_iter().map(arrow).collect()
    }

    /// The module in which is defined what a path in another one names.
    fn definition(&self, module: &Module, words: &[String], steps: usize) -> Option<Module> {
        if steps == MOST_STEPS {
            return None;
        }
        let (first, rest) = words.split_first()?;
        let (mut at, rest) = match first.as_str() {
            "crate" => (module[..1].to_vec(), rest),
            "vellum" => (vec!["lib".to_owned()], rest),
            "self" => (module.clone(), rest),
            "super" => (module[..module.len().saturating_sub(1).max(1)].to_vec(), rest),
            _ if self.child(module, first).is_some() => (module.clone(), words),
            _ => return self.imported(module, words, false, steps),
        };
        for (number, word) in rest.iter().enumerate() {
            if word == "super" {
                at.pop();
            } else if let Some(child) = self.child(&at, word) {
                at = child;
            } else {
                let found = self.imported(&at, &rest[number..], true, steps);
                // What a layer shows of one below it, it answers for.
                let answers = |found: &Module| at.len() == 1 || found.get(1) == at.get(1);
                return Some(found.filter(answers).unwrap_or(at));
            }
        }
        self.modules.contains_key(&at).then_some(at)
    }

    /// The module in which is defined what a path names that begins with something which its own module imports.
    fn imported(&self, module: &Module, words: &[String], shown_only: bool, steps: usize) -> Option<Module> {
        let (name, rest) = words.split_first()?;
        let mentions = self.modules.get(module)?.mentions.paths.iter();
        let fits = |mention: &&Mention| mention.name.as_ref() == Some(name) && (mention.shown || !shown_only);
        mentions.filter(fits).find_map(|mention| {
            // A path that names itself leads nowhere.
            let is_itself = mention.words.first() == Some(name) && mention.words.len() == 1;
            let path: Vec<String> = mention.words.iter().chain(rest).cloned().collect();
            if is_itself { None } else { self.definition(module, &path, steps + 1) }
        })
    }

    fn child(&self, module: &Module, name: &str) -> Option<Module> {
        let child: Module = module.iter().cloned().chain([name.to_owned()]).collect();
        self.modules.contains_key(&child).then_some(child)
    }
}

fn collect(root: &Path, directory: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

/// `src/store/mod.rs` is `lib store`, `src/cli/call.rs` is `bin cli call`.
fn module_of(path: &str) -> Module {
    let path = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut words: Module = path.split('/').map(str::to_owned).collect();
    let is_program = ["main", "cli"].contains(&&*words[0]);
    if words.last().is_some_and(|last| ["mod", "lib", "main"].contains(&&**last)) {
        words.pop();
    }
    words.insert(0, if is_program { "bin" } else { "lib" }.to_owned());
    words
}
