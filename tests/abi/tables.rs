//! What the page has from the code: imports and limits, between `<!-- table: … -->` and `<!-- end -->`.

use std::fs;

use vellum::contract::imports::{Documented, INLINE_REFUSALS, Inline, MODULES, Module, Parameter};
use vellum::limits;

use crate::page;

const BEGIN: &str = "<!-- table: ";
const END: &str = "<!-- end -->";

/// Columns of a line of a signature.
const WIDTH: usize = 110;

fn module(name: &str) -> &'static Module {
    MODULES.iter().find(|module| module.name == name).unwrap_or_else(|| panic!("there is no module {name:?}"))
}

/// The functions of a module that have one of these names, in the order of the names.
fn functions(module: &'static Module, names: &[&str]) -> Vec<&'static Documented> {
    let named = |name: &&str| {
        let found: Vec<_> = module.functions.iter().filter(|it| it.function.name == *name).collect();
        assert!(!found.is_empty(), "the module {:?} has no function {name:?}", module.name);
        found
    };
    names.iter().flat_map(named).collect()
}

/// The import as an author writes it.
fn signature(Documented { function, parameters, .. }: &Documented) -> String {
    let head = format!("(import {:?} {:?}", function.module, function.name);
    let parameters = parameters.iter().map(|Parameter { name, ty }| format!(" (param ${name} {ty})"));
    let results = function.results.iter().map(|ty| format!(" (result {ty})"));
    let parts: Vec<String> = parameters.chain(results).collect();
    let name = function.link_name.replace('/', "_");
    let line = format!("{head} (func ${name}{}))\n", parts.concat());
    if line.len() <= WIDTH {
        return line;
    }
    let mut lines = vec![String::new()];
    for part in parts {
        let last = lines.last_mut().unwrap();
        match last.len() + part.len() <= WIDTH {
            true => *last += &part,
            false => lines.push(part),
        }
    }
    format!("{head} (func ${name}\n {}))\n", lines.join("\n "))
}

fn refused(refusals: &[&str]) -> String {
    if refusals.is_empty() { String::new() } else { format!("\n  Refused if {}.", refusals.join("; ")) }
}

fn function_table(functions: &[&Documented]) -> String {
    let signatures: String = functions.iter().map(|it| signature(it)).collect();
    let entries = functions.iter().map(|&it| {
        let Documented { function, meaning, parameters, refusals } = it;
        let forms: Vec<_> = functions.iter().filter(|other| other.function.name == function.name).collect();
        let form = if forms.len() > 1 { format!(" with {} parameters", parameters.len()) } else { String::new() };
        let is_first = std::ptr::eq(*forms[0], it);
        let refused = match !is_first && *refusals == forms[0].refusals {
            true => " Refused in the same cases.".to_owned(),
            false => refused(refusals),
        };
        format!("- **`{}`**{form}, {} gas. {meaning}{refused}\n", function.name, function.price)
    });
    format!("```wat\n{signatures}```\n\n{}", entries.collect::<String>())
}

/// The functions of a module that stand for instructions: those that say where storage lies, or the others.
fn inline_table(module: &'static Module, is_inside: bool) -> String {
    let of_table: Vec<&Inline> =
        module.inline.iter().filter(|inline| INSIDE.contains(&inline.name) == is_inside).collect();
    let signatures = of_table.iter().map(|inline| {
        let parameters = inline.parameters.iter().map(|(name, ty)| format!(" (param ${name} {ty})"));
        let results = inline.results.iter().map(|ty| format!(" (result {ty})"));
        let types: String = parameters.chain(results).collect();
        format!("(import {:?} {:?} (func ${}{types}))\n", module.name, inline.name, inline.name)
    });
    let mut entries: Vec<String> = Vec::new();
    for inline in &of_table {
        let text = format!("{} gas. {}", inline.price(), inline.meaning);
        match entries.last_mut().and_then(|last| last.strip_suffix(&text).map(str::len).map(|end| (last, end))) {
            // The same words for several functions are written once.
            Some((last, end)) => last.insert_str(end - 2, &format!(", **`{}`**", inline.name)),
            None => entries.push(format!("- **`{}`**, {text}", inline.name)),
        }
    }
    let refused = refused(INLINE_REFUSALS);
    let own = "(memory (export \"memory\") 1)\n";
    format!("```wat\n{}{own}```\n\n{}\n{refused}\n", signatures.collect::<String>(), entries.join("\n"))
}

/// The functions that say where storage lies inside own memory.
const INSIDE: [&str; 2] = ["base", "size"];

fn memory_table(module: &Module) -> String {
    let entry = |memory: &vellum::contract::imports::Memory| {
        let import = format!("(import {:?} {:?} (memory ${} 1))", module.name, memory.name, module.name);
        format!("```wat\n{import}\n```\n\n- **`{}`**. {}{}\n", memory.name, memory.meaning, refused(memory.refusals))
    };
    module.memories.iter().map(entry).collect()
}

/// `1048576` as `1,048,576`
fn number(number: u64) -> String {
    let digits = number.to_string();
    let grouped = digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap());
    grouped.collect::<Vec<_>>().join(",")
}

fn limit_table() -> String {
    let rows: &[(&str, u64)] = &[
        ("bytes of a module", limits::MAX_MODULE_BYTES as u64),
        ("functions, imported ones included", limits::MAX_FUNCTIONS.into()),
        ("function types", limits::MAX_TYPES.into()),
        ("parameters, and results, of a function", limits::MAX_PARAMETERS.into()),
        ("globals", limits::MAX_GLOBALS.into()),
        ("exports", limits::MAX_EXPORTS.into()),
        ("data and element segments together", limits::MAX_SEGMENTS.into()),
        ("bytes of the body of a function", limits::MAX_FUNCTION_BYTES as u64),
        ("parameters, locals and operands of a function at once", limits::MAX_FUNCTION_VALUES.into()),
        ("blocks nested in a function", limits::MAX_BLOCK_NESTING.into()),
        ("targets of a `br_table`, the default one not included", limits::MAX_BRANCH_TARGETS.into()),
        ("estimated nanoseconds of compilation", limits::MAX_COMPILER_WORK),
        ("estimated bytes of memory for the compilation of a function", limits::MAX_COMPILER_MEMORY),
        ("tables", limits::MAX_TABLES.into()),
        ("elements of a table", limits::MAX_TABLE_ELEMENTS.into()),
        ("wasm pages of own memory", limits::MAX_OWN_MEMORY_PAGES.into()),
        ("pages of storage, where no page limit is asked for", limits::DEFAULT_STORAGE_PAGES.0.into()),
        ("pages of storage, at most", limits::MAX_STORAGE_PAGES.0.into()),
        ("bytes of the input, and of the output, of a call", limits::MAX_DATA_BYTES as u64),
        ("bytes of data of an event", limits::MAX_DATA_BYTES as u64),
        ("events of a transaction", limits::MAX_EVENTS as u64),
        ("bytes of data of all events of a transaction", limits::MAX_EVENT_BYTES as u64),
        (
            &format!("bytes of log text of a transaction, and {} for each text", limits::LOG_ENTRY_BYTES),
            limits::MAX_LOG_BYTES as u64,
        ),
        (
            &format!(
                "pages that a transaction changes, once for each running call, beyond {} for each nested call",
                limits::FREE_CHANGED_PAGES
            ),
            limits::MAX_CHANGED_PAGES as u64,
        ),
        ("contracts that a transaction visits", limits::MAX_VISITED_CONTRACTS as u64),
        ("bytes of the code of these contracts", limits::MAX_VISITED_CODE_BYTES as u64),
        (
            &format!(
                "bytes of memory of all running calls, beyond {} for each",
                number(limits::FREE_CALL_MEMORY_BYTES as u64)
            ),
            limits::MAX_CALL_MEMORY_BYTES as u64,
        ),
        ("nested calls in one another", limits::MAX_CALL_NESTING.into()),
        ("call depth: functions in one another, large ones count more than once", limits::CALL_DEPTH.into()),
        ("gas of a call for which none is given", limits::DEFAULT_GAS.0),
    ];
    let rows = rows.iter().map(|(what, limit)| format!("| {what} | {} |\n", number(*limit)));
    format!("| what | limit |\n|---|---|\n{}", rows.collect::<String>())
}

fn table(words: &str) -> String {
    match *words.split(' ').collect::<Vec<_>>() {
        ["limits"] => limit_table(),
        [name, "memory"] => memory_table(module(name)),
        [name, "inside"] => inline_table(module(name), true),
        [name, "intrinsics"] => inline_table(module(name), false),
        [name, ref names @ ..] => function_table(&functions(module(name), names)),
        [] => panic!("a table of what?"),
    }
}

/// What the tables of a page are made of.
fn tables(page: &str) -> impl Iterator<Item = &str> {
    page.lines().filter_map(|line| line.strip_prefix(BEGIN)?.strip_suffix(" -->"))
}

/// A page with its tables made again.
fn with_tables(page: &str) -> String {
    let (mut made, mut rest) = (String::new(), page);
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let (words, after) = after.split_once(" -->\n").expect("the marker of a table ends its line");
        let (_, after) = after.split_once(END).unwrap_or_else(|| panic!("the table {words:?} has no {END}"));
        made += &format!("{before}{BEGIN}{words} -->\n{}{END}", table(words));
        rest = after;
    }
    made + rest
}

#[test]
fn the_tables_of_the_page_are_those_of_the_code() {
    let before = page::text();
    let made = with_tables(&before);
    if std::env::var_os("VELLUM_WRITE_ABI").is_some() {
        fs::write(page::path(), &made).unwrap();
    }
    let differs = page::text().lines().zip(made.lines()).position(|(page, made)| page != made);
    assert!(
        page::text() == made,
        "design/abi.md differs from the code, first in line {:?}; `VELLUM_WRITE_ABI=1 cargo test --test abi` makes its tables again",
        differs.map(|line| line + 1),
    );
}

#[test]
fn a_table_that_was_changed_by_hand_is_made_again() {
    let page =
        "a\n<!-- table: limits -->\n| tables | 5 |\n<!-- end -->\nb\n<!-- table: ewasm storageMap -->\n<!-- end -->";
    let made = with_tables(page);
    assert!(made.starts_with("a\n<!-- table: limits -->\n| what | limit |\n"), "{made}");
    assert!(made.contains("| tables | 4 |\n") && made.contains("- **`storageMap`**, 24 gas. "), "{made}");
    assert_eq!(with_tables(&made), made);
}

#[test]
fn every_import_is_in_one_table() {
    let page = page::text();
    let tables: Vec<&str> = tables(&page).collect();
    for module in MODULES {
        let listed = |name: &str| {
            let has_it = |words: &&&str| {
                let mut words = words.split(' ');
                words.next() == Some(module.name) && words.any(|word| word == name)
            };
            tables.iter().filter(has_it).count()
        };
        for memory in module.memories {
            assert_eq!(listed(memory.name), 1, "tables that have the memory {} {}", module.name, memory.name);
        }
        for Documented { function, .. } in module.functions {
            assert_eq!(listed(function.name), 1, "tables that have {} {}", module.name, function.name);
        }
        if !module.inline.is_empty() {
            assert_eq!(["inside", "intrinsics"].map(listed), [1, 1], "tables of instructions of {}", module.name);
        }
    }
}

#[test]
fn numbers_are_grouped_by_thousands() {
    assert_eq!([0, 999, 1_000, 65_536, 1_048_576].map(number), ["0", "999", "1,000", "65,536", "1,048,576"]);
}
