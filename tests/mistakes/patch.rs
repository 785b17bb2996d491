//! Unified diffs, and how several of them are applied to one copy of the sources.
//!
//! Each patch changes the original sources, so it can be read and applied alone. The lines of a hunk decide its place, and its
//! line numbers do not count: the lines that it keeps and removes must be in the file consecutively, in exactly one place.

use std::collections::BTreeMap;

/// The content of files, by their paths from the root of the crate.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A diff.
#[derive(Debug)]
pub struct Patch {
    /// The path of the patch.
    pub path: String,
    /// The text before its first file.
    pub comment: String,
    hunks: Vec<Hunk>,
}

/// A part of a diff.
#[derive(Debug)]
struct Hunk {
    /// The path of the file to change.
    file: String,
    /// Its number among the hunks of this file, from 1.
    number: usize,
    /// The lines to keep, remove and add.
    lines: Vec<(Kind, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Kept,
    Removed,
    Added,
}

/// A replacement of consecutive lines.
struct Edit<'a> {
    start: usize,
    removed: usize,
    added: Vec<&'a str>,
    /// The name of its hunk, for messages.
    hunk: String,
}

impl Patch {
    /// Reads a diff.
    pub fn parse(path: &str, text: &str) -> Result<Self, String> {
        let mut comment = Vec::new();
        let mut hunks: Vec<Hunk> = Vec::new();
        let (mut file, mut number) = (None, 0);
        for (index, line) in text.lines().enumerate() {
            let failed = |problem: &str| Err(format!("{path}:{}: {problem}: {line:?}", index + 1));
            if let Some(name) = line.strip_prefix("--- ") {
                file = Some(name.strip_prefix("a/").unwrap_or(name));
                number = 0;
            } else if let Some(name) = line.strip_prefix("+++ ") {
                if file != Some(name.strip_prefix("b/").unwrap_or(name)) {
                    return failed("the line before should name the same file");
                }
            } else if line.starts_with("@@") {
                let Some(file) = file else { return failed("no file is named before this hunk") };
                number += 1;
                hunks.push(Hunk { file: file.to_owned(), number, lines: Vec::new() });
            } else if file.is_some() {
                let kind = match line.chars().next() {
                    Some(' ') | None => Kind::Kept,
                    Some('-') => Kind::Removed,
                    Some('+') => Kind::Added,
                    Some(_) => return failed("a line of a hunk should begin with a space, - or +"),
                };
                let Some(hunk) = hunks.last_mut() else { return failed("a hunk should begin with @@") };
                hunk.lines.push((kind, line.get(1..).unwrap_or_default().to_owned()));
            } else {
                comment.push(line);
            }
        }
        if hunks.is_empty() {
            return Err(format!("{path}: no hunk is in it"));
        }
        Ok(Self { path: path.to_owned(), comment: comment.join("\n"), hunks })
    }

    /// Returns the added text.
    pub fn added(&self) -> String {
        self.hunks.iter().flat_map(|hunk| hunk.of(&[Kind::Added])).collect::<Vec<_>>().join("\n")
    }
}

impl Hunk {
    fn of(&self, kinds: &[Kind]) -> Vec<&str> {
        self.lines.iter().filter(|(kind, _)| kinds.contains(kind)).map(|(_, line)| &**line).collect()
    }

    /// Returns the index of the line at which the kept and removed lines start in a file.
    fn place(&self, lines: &[&str]) -> Result<usize, String> {
        let before = self.of(&[Kind::Kept, Kind::Removed]);
        if before.is_empty() {
            return Err("it keeps and removes nothing, so it belongs nowhere".to_owned());
        }
        let places: Vec<usize> =
            lines.windows(before.len()).enumerate().filter(|(_, lines)| *lines == before).map(|(at, _)| at).collect();
        let wanted = before.join("\n");
        match places[..] {
            [place] => Ok(place),
            [] => Err(format!("these lines, which it keeps and removes, are not in the file:\n{wanted}")),
            _ => {
                let numbers: Vec<usize> = places.iter().map(|place| place + 1).collect();
                Err(format!(
                    "these lines, which it keeps and removes, begin at each of the lines {numbers:?}:\n{wanted}"
                ))
            }
        }
    }

    /// Returns the edits of a file.
    fn edits<'a>(&'a self, path: &str, lines: &[&str]) -> Result<Vec<Edit<'a>>, String> {
        let name = format!("{path}, hunk {} of {}", self.number, self.file);
        let mut at = self.place(lines).map_err(|problem| format!("{name}: {problem}"))?;
        let mut edits = Vec::new();
        for run in self.lines.chunk_by(|(one, _), (next, _)| (*one == Kind::Kept) == (*next == Kind::Kept)) {
            let count = |kind| run.iter().filter(|(of, _)| *of == kind).count();
            if count(Kind::Kept) == 0 {
                let added = run.iter().filter(|(kind, _)| *kind == Kind::Added).map(|(_, line)| &**line).collect();
                edits.push(Edit { start: at, removed: count(Kind::Removed), added, hunk: name.clone() });
            }
            at += run.len() - count(Kind::Added);
        }
        Ok(edits)
    }
}

/// Applies patches to files, all at once. The error names each hunk that does not fit.
pub fn apply(patches: &[Patch], files: &mut Files) -> Result<(), String> {
    let mut problems = Vec::new();
    let mut hunks: BTreeMap<&str, Vec<(&str, &Hunk)>> = BTreeMap::new();
    for patch in patches {
        for hunk in &patch.hunks {
            hunks.entry(&hunk.file).or_default().push((&patch.path, hunk));
        }
    }
    for (file, hunks) in hunks {
        let Some(text) = files.get(file).and_then(|bytes| str::from_utf8(bytes).ok()) else {
            let nowhere =
                |(path, hunk): &(&str, &Hunk)| format!("{path}, hunk {} of {file}: there is no such text", hunk.number);
            problems.extend(hunks.iter().map(nowhere));
            continue;
        };
        match changed(text, &hunks) {
            Ok(new) => drop(files.insert(file.to_owned(), new.into_bytes())),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// Returns a file with hunks applied.
fn changed(text: &str, hunks: &[(&str, &Hunk)]) -> Result<String, Vec<String>> {
    let lines: Vec<&str> = text.lines().collect();
    let (mut edits, mut problems) = (Vec::new(), Vec::new());
    for (path, hunk) in hunks {
        match hunk.edits(path, &lines) {
            Ok(found) => edits.extend(found),
            Err(problem) => problems.push(problem),
        }
    }
    // Lines that are inserted before a line come before lines that replace it.
    edits.sort_by_key(|edit| (edit.start, edit.removed));
    for pair in edits.windows(2).filter(|pair| pair[1].start < pair[0].start + pair[0].removed) {
        problems.push(format!("{} and {} change the same line, {}", pair[0].hunk, pair[1].hunk, pair[1].start + 1));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let (mut new, mut at) = (Vec::new(), 0);
    for edit in edits {
        new.extend(&lines[at..edit.start]);
        new.extend(edit.added);
        at = edit.start + edit.removed;
    }
    new.extend(&lines[at..]);
    Ok(new.join("\n") + "\n")
}
