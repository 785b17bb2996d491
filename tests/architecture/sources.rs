//! The sources, and the arrows between them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::Path;

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

/// A path as it stands in a file: its words, and what is before it.
#[derive(Debug, Clone)]
struct Mention {
    line: usize,
    words: Vec<String>,
    /// Whether it is shown to others as the file's own.
    shown: bool,
}

/// A source file.
#[derive(Debug)]
struct File {
    /// Its path from the root of the project.
    path: String,
    mentions: Vec<Mention>,
}

/// All source files by the names of their modules. Those of the program begin with `bin`, those of the library with `lib`.
#[derive(Debug)]
pub struct Sources {
    modules: BTreeMap<Vec<String>, File>,
}

impl Sources {
    /// Those of this project.
    pub fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = Vec::new();
        collect(root, &root.join("src"), &mut files);
        assert!(files.len() > 100, "{} files", files.len());
        Self::of(files.iter().map(|(path, text)| (&**path, &**text)))
    }

    /// These, by their paths.
    pub fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut modules = BTreeMap::new();
        for (path, text) in files {
            if !path.contains("/tests/") && !path.ends_with("/tests.rs") {
                modules.insert(module_of(path), File { path: path.to_owned(), mentions: mentions(text) });
            }
        }
        Self { modules }
    }

    /// Each file with each other that it imports something from, itself left out.
    pub fn arrows(&self) -> Vec<Arrow> {
        let mut arrows: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (module, file) in &self.modules {
            for mention in &file.mentions {
                let Some(target) = self.definition(module, &mention.words, 0) else { continue };
                let to = &self.modules[&target];
                // A module that shows what its own parts define is their front, and stands on none of them.
                let is_front = mention.shown && target.len() > module.len() && target.starts_with(module);
                if to.path != file.path && !is_front {
                    let line = arrows.entry((&file.path, &to.path)).or_insert(mention.line);
                    *line = (*line).min(mention.line);
                }
            }
        }
        let arrow =
            |((from, to), line): ((&str, &str), usize)| Arrow { from: from.to_owned(), line, to: to.to_owned() };
        arrows.into_iter().map(arrow).collect()
    }

    /// The module in which is defined what a path in another one names.
    fn definition(&self, module: &[String], words: &[String], depth: usize) -> Option<Vec<String>> {
        let (mut at, words) = self.start(module, words)?;
        for (number, word) in words.iter().enumerate() {
            let mut child = at.clone();
            child.push(word.clone());
            if self.modules.contains_key(&child) {
                at = child;
                continue;
            }
            // What is not a module of its own may be shown from another; 16 steps are a loop.
            let shown = self.modules.get(&at)?.mentions.iter().filter(|mention| mention.shown);
            let named = shown.filter(|mention| mention.words.last() == Some(word));
            let further = |mention: &Mention| {
                let mut path = mention.words.clone();
                path.extend_from_slice(&words[number + 1..]);
                self.definition(&at, &path, depth + 1)
            };
            let found = if depth < 16 { named.into_iter().find_map(further) } else { None };
            // What a layer shows of one below it, it answers for.
            let found = found.filter(|found| found.get(1) == at.get(1));
            return Some(found.unwrap_or(at));
        }
        self.modules.contains_key(&at).then_some(at)
    }

    /// The module that a path begins in, and the rest of the path.
    fn start<'a>(&self, module: &[String], words: &'a [String]) -> Option<(Vec<String>, &'a [String])> {
        let (first, rest) = words.split_first()?;
        match first.as_str() {
            "crate" => Some((module[..1].to_vec(), rest)),
            "vellum" => Some((vec!["lib".to_owned()], rest)),
            "self" => Some((module.to_vec(), rest)),
            "super" => {
                let mut above = module[..module.len() - 1].to_vec();
                let mut rest = rest;
                while let Some(("super", more)) = rest.split_first().map(|(word, more)| (word.as_str(), more)) {
                    above.pop();
                    rest = more;
                }
                Some((above, rest))
            }
            _ => {
                let mut child = module.to_vec();
                child.push(first.clone());
                self.modules.contains_key(&child).then_some((child, rest))
            }
        }
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
fn module_of(path: &str) -> Vec<String> {
    let path = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut words: Vec<String> = path.split('/').map(str::to_owned).collect();
    let is_program = ["main", "cli"].contains(&&*words[0]);
    if ["mod", "lib", "main"].contains(&words.last().unwrap().as_str()) {
        words.pop();
    }
    words.insert(0, if is_program { "bin" } else { "lib" }.to_owned());
    words
}

/// The paths in a file, of `use` lines and of other code, until its tests begin.
fn mentions(text: &str) -> Vec<Mention> {
    let code = without_tests_and_comments(text);
    let mut found = Vec::new();
    let mut uses = BTreeSet::new();
    let mut line = 1;
    let mut rest = code.as_str();
    while let Some(start) = statement(rest) {
        line += rest[..start.at].matches('\n').count();
        rest = &rest[start.at..];
        let end = rest.find(';').unwrap_or(rest.len());
        expand(&rest[start.length..end], &mut Vec::new(), &mut |words| {
            found.push(Mention { line, words, shown: start.shown });
        });
        (line..=line + rest[..end].matches('\n').count()).for_each(|line| _ = uses.insert(line));
        line += rest[..end].matches('\n').count();
        rest = &rest[end..];
    }
    for (number, code) in code.lines().enumerate().filter(|(number, _)| !uses.contains(&(number + 1))) {
        for prefix in ["crate::", "super::", "vellum::"] {
            for (at, _) in code.match_indices(prefix) {
                if code[..at].ends_with(|before: char| before.is_alphanumeric() || "_:\"".contains(before)) {
                    continue;
                }
                let path = code[at..].split(|c: char| !(c.is_alphanumeric() || "_:".contains(c))).next().unwrap();
                let words = path.split("::").filter(|word| !word.is_empty()).map(str::to_owned).collect();
                found.push(Mention { line: number + 1, words, shown: false });
            }
        }
    }
    // any lower-case path in code
    for (number, code) in code.lines().enumerate().filter(|(number, _)| !uses.contains(&(number + 1))) {
        for (at, _) in code.match_indices("::") {
            let start = code[..at].rfind(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(0, |p| p + 1);
            let word = &code[start..at];
            if word.is_empty()
                || code[..start].ends_with(':')
                || !word.starts_with(|c: char| c.is_lowercase())
                || ["crate", "super", "vellum", "self", "std"].contains(&word)
            {
                continue;
            }
            let path = code[start..].split(|c: char| !(c.is_alphanumeric() || "_:".contains(c))).next().unwrap();
            let words = path.split("::").filter(|word| !word.is_empty()).map(str::to_owned).collect();
            found.push(Mention { line: number + 1, words, shown: false });
        }
    }
    found
}

/// The same lines, those of tests at the end and of comments empty.
fn without_tests_and_comments(text: &str) -> String {
    let text = &text.replace("\n#[cfg(test)]\nmod tests;", "\n\n");
    let end = text.find("\n#[cfg(test)]\nmod tests {");
    let code = text[..end.unwrap_or(text.len())].lines();
    code.map(|line| if line.trim_start().starts_with("//") { "\n".to_owned() } else { format!("{line}\n") }).collect()
}

/// Where a `use` begins in a text.
struct Start {
    at: usize,
    length: usize,
    shown: bool,
}

fn statement(text: &str) -> Option<Start> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let code = line.trim_start();
        for (begin, shown) in [
            ("use ", false),
            ("pub use ", true),
            ("pub(crate) use ", true),
            ("pub(super) use ", true),
            ("pub(in crate::lab) use ", true),
            ("pub(in crate::fuzzing) use ", true),
        ] {
            if code.starts_with(begin) {
                return Some(Start { at: at + (line.len() - code.len()), length: begin.len(), shown });
            }
        }
        at += line.len();
    }
    None
}

/// Tells every path of a tree like `a::{b, c::{self, d as e}}`.
fn expand(tree: &str, before: &mut Vec<String>, tell: &mut dyn FnMut(Vec<String>)) {
    let tree = tree.trim();
    match tree.split_once('{') {
        Some((path, rest)) if !path.contains(',') => {
            let words: Vec<String> =
                path.split("::").map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect();
            before.extend(words.iter().cloned());
            parts(rest.trim_end().trim_end_matches('}')).into_iter().for_each(|part| expand(part, before, tell));
            before.truncate(before.len() - words.len());
        }
        _ => {
            let path = tree.split(" as ").next().unwrap_or(tree);
            let words =
                path.split("::").map(str::trim).filter(|word| !word.is_empty() && *word != "self" || before.is_empty());
            let all: Vec<String> = before.iter().cloned().chain(words.map(str::to_owned)).collect();
            if !tree.is_empty() {
                tell(all);
            }
        }
    }
}

/// What stands between the commas that are in no braces.
fn parts(list: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&list[start..]);
    parts
}
