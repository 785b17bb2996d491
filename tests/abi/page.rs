//! The page and its blocks of code.

use std::fs;
use std::path::{Path, PathBuf};

pub fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("design/abi.md")
}

pub fn text() -> String {
    fs::read_to_string(path()).unwrap()
}

/// A block of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Where it begins.
    pub line: usize,
    pub language: Language,
    /// Whether it is about something that the VM does not do yet: it has to fail.
    pub pending: bool,
    /// The file that it is.
    pub file: Option<String>,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// A whole module, or imports.
    Wat,
    /// A scenario, which uses the files above it.
    Scenario,
}

impl Block {
    /// The module that the block is or that has these imports.
    pub fn module(&self) -> String {
        match self.text.starts_with("(module") {
            true => self.text.clone(),
            false => format!("(module\n{})", self.text),
        }
    }
}

/// The blocks of code of a page, but for drawings.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = (1..).zip(page.lines());
    while let Some((line, text)) = lines.next() {
        let Some(info) = text.strip_prefix("```") else { continue };
        let mut words = info.split(' ').peekable();
        let language = match words.next() {
            Some("wat") => Some(Language::Wat),
            Some("jsonl") => Some(Language::Scenario),
            Some("") => None,
            other => panic!("line {line}: {other:?} is no language of an example"),
        };
        let pending = words.next_if_eq(&"pending").is_some();
        let file = words.next().map(str::to_owned);
        let content = lines.by_ref().map(|(_, text)| text).take_while(|text| *text != "```");
        let text = content.fold(String::new(), |text, line| text + line + "\n");
        blocks.extend(language.map(|language| Block { line, language, pending, file, text }));
    }
    blocks
}

#[test]
fn blocks_are_told_by_the_words_after_their_fence() {
    let page =
        "x\n```\ndrawing\n```\n```wat a.wat\n(module)\n```\n```wat\n(import)\n```\n\n```jsonl pending\n{}\n{}\n```\n";
    let blocks = blocks(page);
    let facts: Vec<_> = blocks.iter().map(|it| (it.line, it.language, it.pending, it.file.as_deref())).collect();
    let expected = [
        (5, Language::Wat, false, Some("a.wat")),
        (8, Language::Wat, false, None),
        (12, Language::Scenario, true, None),
    ];
    assert_eq!(facts, expected);
    assert_eq!((blocks[0].module().as_str(), blocks[1].module().as_str()), ("(module)\n", "(module\n(import)\n)"));
    assert_eq!(blocks[2].text, "{}\n{}\n");
}
