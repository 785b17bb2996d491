//! The layers of `design/architecture.md`, held against what the sources import.
//!
//! Every path in `src`, of a `use` line or in other code, is followed through imports and re-exports to the file that defines what
//! it names. Two things must hold of these arrows: none leads up the staircase, and no files import each
//! other in a loop. Tests may import what they like.

mod mentions;
mod sources;

use std::collections::{BTreeMap, BTreeSet};

use sources::{Arrow, Sources};

/// What everything else may import: `limits` has `units` below it, and that is all.
const BASE: [&str; 5] = ["units", "limits", "failure", "host", "scratch"];

/// What knows nothing of calls, and which other of them each may import.
const AT_REST: [(&str, &[&str]); 4] =
    [("store", &[]), ("contract", &[]), ("proof", &["store"]), ("paging", &["store", "contract"])];

/// The spine, from below: each may import those before it, and all that is at rest.
const SPINE: [&str; 5] = ["receipt", "machine", "vmcalls", "transaction", "vm"];

/// What stands on the spine, from below: each may import what is at rest, these two of the spine, and the rest that is named.
const ON_TOP: [(&str, &[&str]); 3] = [("lab", &[]), ("fuzzing", &[]), ("cli", &["lab", "fuzzing"])];
const SHOWN: [&str; 2] = ["vm", "receipt"];

/// Whether a layer may import another; nothing, if it has no place in these lists.
fn may_import(from: &str, to: &str) -> Option<bool> {
    let is_at_rest = |layer: &str| AT_REST.iter().any(|(name, _)| *name == layer);
    let named =
        |list: &[(&str, &[&str])]| list.iter().find(|(name, _)| *name == from).map(|(_, may)| may.contains(&to));
    if BASE.contains(&from) {
        return Some((from, to) == ("limits", "units"));
    }
    if BASE.contains(&to) {
        return Some(true);
    }
    if let Some(step) = SPINE.iter().position(|name| *name == from) {
        return Some(is_at_rest(to) || SPINE[..step].contains(&to));
    }
    named(&AT_REST).or(named(&ON_TOP).map(|may| may || is_at_rest(to) || SHOWN.contains(&to)))
}

/// The first folder or file below `src` that a path names; nothing for the roots of the library and the program.
fn layer(file: &str) -> Option<&str> {
    let name = file.strip_prefix("src/")?.split('/').next()?.trim_end_matches(".rs");
    (!["lib", "main"].contains(&name)).then_some(name)
}

/// Why an arrow may not be there, if it may not.
fn problem(arrow: &Arrow) -> Option<String> {
    let (from, to) = (layer(&arrow.from)?, layer(&arrow.to)?);
    match may_import(from, to) {
        None => Some(format!("{arrow}: the layer {from} has no place in this test's lists")),
        Some(false) if from != to => Some(format!("{arrow}: {from} must not know of {to}")),
        _ => None,
    }
}

#[test]
fn nothing_imports_what_stands_above_it() {
    let sources = Sources::read();
    let problems: Vec<String> = sources.arrows().iter().filter_map(problem).collect();
    assert!(problems.is_empty(), "{} imports lead up:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn no_files_import_each_other_in_a_loop() {
    let sources = Sources::read();
    let arrows = sources.arrows();
    let mut text = String::new();
    for (number, circle) in circles(&arrows).iter().enumerate() {
        text += &format!("circle {} of {} files:\n", number + 1, circle.len());
        let inside = arrows.iter().filter(|arrow| circle.contains(&arrow.from) && circle.contains(&arrow.to));
        inside.for_each(|arrow| text += &format!("  {arrow}\n"));
    }
    assert!(text.is_empty(), "{text}");
}

/// The sets of files each of which can be reached from every other.
fn circles(arrows: &[Arrow]) -> Vec<BTreeSet<String>> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for arrow in arrows {
        next.entry(&arrow.from).or_default().insert(&arrow.to);
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> = next.keys().map(|file| (*file, reach(file, &next))).collect();
    let mut circles = BTreeSet::new();
    for (file, ahead) in &reached {
        let circle: BTreeSet<String> = ahead
            .iter()
            .filter(|other| reached.get(**other).is_some_and(|back| back.contains(file)))
            .map(|other| (*other).to_owned())
            .collect();
        circles.extend((circle.len() > 1).then_some(circle));
    }
    circles.into_iter().collect()
}

/// The files that a file leads to, in one step or more.
fn reach<'a>(from: &str, next: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut ahead: Vec<&str> = next.get(from).into_iter().flatten().copied().collect();
    while let Some(file) = ahead.pop() {
        if reached.insert(file) {
            ahead.extend(next.get(file).into_iter().flatten());
        }
    }
    reached
}

#[test]
fn an_import_that_leads_up_and_a_loop_are_told_with_file_and_line() {
    let sources = Sources::of([
        ("src/lib.rs", "pub mod store;\npub mod vm;\n"),
        ("src/store/mod.rs", "mod page;\nmod tree;\npub use page::Page;\n"),
        ("src/store/page.rs", "//! Pages.\n\nuse super::tree::{\n    Tree,\n};\nuse crate::vm::Vm;\n"),
        (
            "src/store/tree.rs",
            "use crate::store::Page;\n\npub struct Tree(Page);\n\n#[cfg(test)]\nmod tests {\n    use crate::vm::Vm;\n}\n",
        ),
        ("src/vm/mod.rs", "pub struct Vm;\n"),
    ]);
    let arrows = sources.arrows();
    let problems: Vec<String> = arrows.iter().filter_map(problem).collect();
    assert_eq!(problems, ["src/store/page.rs:6 imports src/vm/mod.rs: store must not know of vm"]);
    let circle: Vec<_> = circles(&arrows).into_iter().flatten().collect();
    assert_eq!(circle, ["src/store/page.rs", "src/store/tree.rs"]);
}

#[test]
fn a_name_is_followed_through_whatever_shows_it() {
    for (front, path) in [
        ("pub use vm::Vm as Machine;", "use crate::Machine;"),
        ("pub use vm::*;", "use crate::vm::{\n    Vm,\n};"),
        ("", "fn run() -> crate::vm\n    ::Vm { todo!() }"),
        ("", "use self::super::super::vm::Vm;"),
        ("", "use crate as all;\nfn run() -> all::vm::Vm { todo!() }"),
        ("", "fn run() { html! { (crate::vm::run()) } }"),
    ] {
        let sources = Sources::of([
            ("src/lib.rs", &*format!("pub mod store;\npub mod vm;\n{front}\n")),
            ("src/store/mod.rs", "mod page;\n"),
            ("src/store/page.rs", path),
            ("src/vm/mod.rs", "pub struct Vm;\n"),
        ]);
        let problems: Vec<String> = sources.arrows().iter().filter_map(problem).collect();
        assert_eq!(problems.len(), 1, "{front} {path}: {problems:?}");
    }
}

#[test]
fn a_front_that_uses_what_it_shows_stands_on_it() {
    let with = |front: &str| {
        let page = "use super::Book;\npub struct Page(Option<Box<Book>>);\n";
        let sources =
            Sources::of([("src/lib.rs", "mod store;\n"), ("src/store/mod.rs", front), ("src/store/page.rs", page)]);
        circles(&sources.arrows()).len()
    };
    assert_eq!(with("mod page;\npub use page::Page;\npub struct Book(Page);\n"), 1);
    assert_eq!(with("mod page;\npub use page::Page;\npub struct Book;\n"), 0);
}
