//! The paths in a source file: of its `use` lines, and of all other code, macros included.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Ident, LexError, TokenStream, TokenTree};

/// A path as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    pub line: usize,
    pub words: Vec<String>,
    /// As what a `use` brings it in; nothing outside of one.
    pub name: Option<String>,
    /// Whether a `use` shows it to others as the file's own.
    pub shown: bool,
}

/// What a file says, but for its tests.
#[derive(Debug, Default)]
pub struct Mentions {
    /// All paths of two words or more, and those of `use` lines.
    pub paths: Vec<Mention>,
    /// All words that stand alone, outside of `use` lines, with the first line that they stand in.
    pub words: BTreeMap<String, usize>,
}

/// What a file says.
pub fn mentions(text: &str) -> Result<Mentions, LexError> {
    let mut found = Mentions::default();
    read(&text.parse::<TokenStream>()?.into_iter().collect::<Vec<_>>(), &mut found);
    Ok(found)
}

fn read(mut tokens: &[TokenTree], found: &mut Mentions) {
    let mut shown = false;
    while let Some((first, rest)) = tokens.split_first() {
        tokens = after_tests(tokens).unwrap_or(rest);
        match first {
            _ if tokens.len() < rest.len() => {}
            TokenTree::Ident(word) if word == "pub" => {
                shown = true;
                // Where it is seen is no import.
                if let Some(TokenTree::Group(group)) = tokens.first()
                    && group.delimiter() == Delimiter::Parenthesis
                {
                    tokens = &tokens[1..];
                }
                continue;
            }
            TokenTree::Ident(word) if word == "use" => {
                let end = tokens.iter().position(|token| is_punct(token, ';')).unwrap_or(tokens.len());
                use_tree(&tokens[..end], &mut Vec::new(), shown, &mut found.paths);
                tokens = &tokens[end..];
            }
            TokenTree::Ident(word) if word == "mod" => tokens = tokens.get(1..).unwrap_or_default(),
            TokenTree::Ident(word) => tokens = path(word, tokens, found),
            TokenTree::Group(group) => read(&group.stream().into_iter().collect::<Vec<_>>(), found),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
        shown = false;
    }
}

/// What comes after the tests of a file, if this is where they are.
fn after_tests(tokens: &[TokenTree]) -> Option<&[TokenTree]> {
    let [hash, TokenTree::Group(attribute), TokenTree::Ident(module), _, body, rest @ ..] = tokens else { return None };
    let is_tests = is_punct(hash, '#') && attribute.to_string().replace(' ', "") == "[cfg(test)]" && module == "mod";
    let has_body = matches!(body, TokenTree::Group(_)) || is_punct(body, ';');
    (is_tests && has_body).then_some(rest)
}

/// Notes a path that begins with a word. Returns what comes after it.
fn path<'a>(first: &Ident, mut tokens: &'a [TokenTree], found: &mut Mentions) -> &'a [TokenTree] {
    let mut words = vec![first.to_string()];
    while let [a, b, TokenTree::Ident(word), rest @ ..] = tokens
        && is_punct(a, ':')
        && is_punct(b, ':')
    {
        words.push(word.to_string());
        tokens = rest;
    }
    let line = first.span().start().line;
    found.words.entry(words[0].clone()).or_insert(line);
    if words.len() > 1 {
        found.paths.push(Mention { line, words, name: None, shown: false });
    }
    tokens
}

/// Notes every path of a tree like `a::{b, c::{self, d as e}}`.
fn use_tree(tokens: &[TokenTree], before: &mut Vec<String>, shown: bool, found: &mut Vec<Mention>) {
    let length = before.len();
    let mut line = 0;
    let mut name = None;
    let mut tokens = tokens.iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) if word == "as" => name = tokens.next().map(ToString::to_string),
            TokenTree::Ident(word) => {
                line = word.span().start().line;
                // `self` at the end of a path stands for what is before it.
                if word != "self" || before.is_empty() {
                    before.push(word.to_string());
                }
            }
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                inner.split(|token| is_punct(token, ',')).for_each(|part| use_tree(part, before, shown, found));
                line = 0;
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    if line > 0 {
        let name = name.or_else(|| before.last().cloned());
        found.push(Mention { line, words: before.clone(), name, shown });
    }
    before.truncate(length);
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

#[test]
fn paths_are_found_wherever_they_stand_but_in_tests_comments_and_texts() {
    let text = r#"
        //! See `crate::a::B`.
        pub(in crate::a) use super::c::{self, d::{E as F, G}};
        use crate::h;
        fn i() -> crate::j::K { html! { (h::l("crate::m::N")) } }
        #[cfg(test)]
        mod tests { use crate::o::P; }
        #[cfg(test)]
        mod more_tests;
        const Q: r::S = r::S::T;
    "#;
    let found: Vec<(usize, String)> =
        mentions(text).unwrap().paths.into_iter().map(|mention| (mention.line, mention.words.join("::"))).collect();
    let expected = [
        (3, "super::c"),
        (3, "super::c::d::E"),
        (3, "super::c::d::G"),
        (4, "crate::h"),
        (5, "crate::j::K"),
        (5, "h::l"),
        (10, "r::S"),
        (10, "r::S::T"),
    ];
    assert_eq!(found, expected.map(|(line, path)| (line, path.to_owned())));
    let names: Vec<_> =
        mentions(text).unwrap().paths.into_iter().filter_map(|mention| Some((mention.name?, mention.shown))).collect();
    assert_eq!(
        names,
        [("c", true), ("F", true), ("G", true), ("h", false)].map(|(name, shown)| (name.to_owned(), shown))
    );
}
