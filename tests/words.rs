//! The words of the documents: what they name exists, and the phrases that the glossary replaces are gone.

use std::fs;
use std::path::{Path, PathBuf};

const GLOSSARY: &str = "design/glossary.md";

/// Names of counts in published data, which stay as they are.
const PUBLISHED: [&str; 1] = ["pages put back by undo"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder, with its path from the root of the package.
fn files_below(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

fn text(path: &Path) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The README and the pages of the design.
fn pages() -> Vec<(PathBuf, String)> {
    let has_extension = |path: &PathBuf, extension: &str| path.extension().is_some_and(|it| it == extension);
    let design = files_below("design").into_iter().filter(|path| has_extension(path, "md"));
    design.chain([PathBuf::from("README.md")]).map(|path| (path.clone(), text(&path))).collect()
}

/// The first cells of the rows of the table under a heading of the glossary.
fn first_cells(glossary: &str, heading: &str) -> Vec<String> {
    let (_, section) = glossary.split_once(&format!("\n## {heading}\n")).expect(heading);
    let rows = section.lines().take_while(|line| !line.starts_with("## ")).filter(|line| line.starts_with("| "));
    rows.skip(1).map(|row| row.split('|').nth(1).unwrap().trim().to_owned()).collect()
}

#[test]
fn every_source_file_that_a_page_names_exists() {
    let folders = ["src", "tests", "benches", "fuzz", "examples", "design", "sdk"];
    let files: Vec<PathBuf> = folders.into_iter().flat_map(files_below).collect();
    let is_path = |word: &str| word.chars().all(|it| it.is_ascii_alphanumeric() || "/_.-".contains(it));
    let is_below_a_folder = |word: &str| folders.into_iter().any(|it| word.starts_with(&format!("{it}/")));
    let (mut checked, mut missing) = (0, Vec::new());
    for (page, text) in pages() {
        for word in text.split('`').skip(1).step_by(2).filter(|word| is_path(word)) {
            if !is_below_a_folder(word) && !word.ends_with(".rs") && !word.ends_with(".wat") {
                continue;
            }
            checked += 1;
            // A page that is about a folder names the files in it without the folder.
            let exists = root().join(word).exists() || files.iter().any(|file| file.ends_with(word));
            if !exists {
                missing.push(format!("{}: {word}", page.display()));
            }
        }
    }
    assert!(checked > 200, "{checked} names");
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_link_of_a_page_leads_to_a_file() {
    let mut missing = Vec::new();
    for (page, text) in pages() {
        let folder = root().join(&page).parent().unwrap().to_owned();
        for link in text.split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap();
            let is_elsewhere = target.is_empty() || target.contains("://");
            if !is_elsewhere && !folder.join(target).exists() {
                missing.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn the_glossary_has_each_term_once_in_alphabetical_order() {
    let terms = first_cells(&text(Path::new(GLOSSARY)), "Terms");
    let keys: Vec<String> = terms.iter().map(|term| term.replace(['*', '-'], "").to_lowercase()).collect();
    assert!(keys.len() > 90, "{} terms", keys.len());
    for pair in keys.windows(2) {
        assert!(pair[0] < pair[1], "{:?} stands before {:?}", pair[0], pair[1]);
    }
}

/// Text as words with single spaces between them, without what begins a line of a comment or a quotation.
fn words(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim_start().trim_start_matches(['/', '!', '*', '>']));
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ").to_lowercase()
}

/// How often a phrase stands in a text as whole words.
fn uses(text: &str, phrase: &str) -> usize {
    let is_edge = |it: Option<char>| !it.is_some_and(|it| it.is_alphanumeric() || it == '_');
    let is_whole = |(at, found): &(usize, &str)| {
        is_edge(text[..*at].chars().next_back()) && is_edge(text[at + found.len()..].chars().next())
    };
    text.match_indices(phrase).filter(is_whole).count()
}

#[test]
fn a_phrase_is_found_as_whole_words_over_line_ends_and_comment_marks() {
    let text = words("    /// The work is so\n    /// many things; so\tmany. Also somany\n//! and to so manyfold.");
    assert_eq!(uses(&text, "so many"), 2, "{text}");
}

#[test]
fn the_phrases_that_the_glossary_replaces_are_found_nowhere() {
    let phrases = first_cells(&text(Path::new(GLOSSARY)), "Phrases to replace");
    assert!(phrases.len() > 30, "{} phrases", phrases.len());
    let is_text =
        |path: &PathBuf| path.extension().is_some_and(|it| ["rs", "wat", "md"].iter().any(|&text| it == text));
    let files = ["src", "sdk", "design"].into_iter().flat_map(files_below).chain([PathBuf::from("README.md")]);
    let mut found = Vec::new();
    for file in files.filter(|path| is_text(path) && path != Path::new(GLOSSARY)) {
        let text = PUBLISHED.iter().fold(words(&text(&file)), |text, name| text.replace(name, ""));
        for phrase in &phrases {
            match uses(&text, &phrase.to_lowercase()) {
                0 => {}
                count => found.push(format!("{}: {phrase:?}, {count} times", file.display())),
            }
        }
    }
    assert!(found.is_empty(), "{} places:\n{}", found.len(), found.join("\n"));
}
