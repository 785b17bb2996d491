//! Errors of the text format.

use crate::contract::error::ContractError;

/// The most characters of a source line that an error shows, around the place of the error.
const EXCERPT: usize = 60;

/// Instructions and types under the names that they had before WebAssembly 1.0, and their names now.
const RENAMED: [(&str, &str); 10] = [
    ("get_local", "local.get"),
    ("set_local", "local.set"),
    ("tee_local", "local.tee"),
    ("get_global", "global.get"),
    ("set_global", "global.set"),
    ("current_memory", "memory.size"),
    ("grow_memory", "memory.grow"),
    ("mem.size", "memory.size"),
    ("mem.grow", "memory.grow"),
    ("anyfunc", "funcref"),
];

/// Turns an error of the text parser into one that has the place and a part of the line, and names no file: the caller knows it.
pub(super) fn text_error(text: &str, error: &wat::Error) -> ContractError {
    let said = error.to_string();
    let place = said.rfind("<anon>:").and_then(|at| {
        let mut numbers = said[at + "<anon>:".len()..].split([':', '\n', ' ']);
        Some((at, numbers.next()?.parse::<usize>().ok()?, numbers.next()?.parse::<usize>().ok()?))
    });
    let Some((at, line, column)) = place else { return ContractError::Text { message: said } };
    let what = said[..at].trim_end_matches("at ").trim_end().trim_end_matches("-->").trim_end();
    let source = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let excerpt = excerpt(source, column.saturating_sub(1));
    let renamed = renamed(&excerpt).map(|(old, new)| format!("; {old} is now called {new}")).unwrap_or_default();
    ContractError::Text { message: format!("line {line}, column {column}: {what}: {:?}{renamed}", excerpt.trim()) }
}

/// Returns a part of a line that begins shortly before a column.
fn excerpt(source: &str, column: usize) -> String {
    let start = column.saturating_sub(EXCERPT / 2);
    let mut characters = source.chars().skip(start);
    let mut excerpt: String = characters.by_ref().take(EXCERPT).collect();
    if start > 0 {
        excerpt.insert(0, '…');
    }
    if characters.next().is_some() {
        excerpt.push('…');
    }
    excerpt
}

/// Returns the first word that is an old name, and its present name.
fn renamed(excerpt: &str) -> Option<(String, String)> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || "._/".contains(character);
    excerpt.split(|character| !is_part(character)).find_map(|word| Some((word.to_owned(), present_name(word)?)))
}

/// Returns the present name of an old name: one of the list, or a conversion, as `i32.trunc_s/f64` for `i32.trunc_f64_s`.
fn present_name(word: &str) -> Option<String> {
    if let Some((_, new)) = RENAMED.iter().find(|(old, _)| *old == word) {
        return Some((*new).to_owned());
    }
    let (operation, from) = word.split_once('/')?;
    let is_type = |name: &str| ["i32", "i64", "f32", "f64"].contains(&name);
    if !is_type(from) || !is_type(operation.split('.').next()?) {
        return None;
    }
    Some(match ["_s", "_u"].iter().find(|sign| operation.ends_with(**sign)) {
        Some(sign) => format!("{}_{from}{sign}", operation.trim_end_matches(sign)),
        None => format!("{operation}_{from}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::to_binary;

    fn message(text: &str) -> String {
        to_binary(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn an_error_of_text_has_its_place_and_a_part_of_the_line() {
        let said = message("(module\n  (func (result i32)\n    i32.cons 7))");
        let expected =
            "not valid WebAssembly text: line 3, column 5: unknown operator or unexpected token: \"i32.cons 7))\"";
        assert_eq!(said, expected);
        for text in ["(module (func", "(module (func) (export \"f\" (func $no)))", "(module \"\u{1b}[2J", "(module (; "]
        {
            let said = message(text);
            assert!(said.contains("line 1, column ") && !said.contains("anon") && !said.contains('\n'), "{said}");
        }
        let long = format!("(module (func nop {} nope {}))", "nop ".repeat(1_000_000), "nop ".repeat(100));
        let said = message(&long);
        assert!(said.len() < 300 && said.contains("column 4000020") && said.contains("nope nop nop"), "{said}");
        let long = format!("(module (func nope {}))", "nop ".repeat(1_000_000));
        assert!(message(&long).len() < 300);
    }

    #[test]
    fn the_error_of_an_old_name_has_the_present_one() {
        for (old, new) in RENAMED.into_iter().chain([
            ("i32.wrap/i64", "i32.wrap_i64"),
            ("i64.extend_u/i32", "i64.extend_i32_u"),
            ("f64.promote/f32", "f64.promote_f32"),
            ("i64.trunc_s/f64", "i64.trunc_f64_s"),
        ]) {
            let text = match old {
                "anyfunc" => "(module (table 1 anyfunc))".to_owned(),
                _ => format!("(module (func (drop ({old}))))"),
            };
            let said = message(&text);
            assert!(said.ends_with(&format!("; {old} is now called {new}")), "{said}");
        }
        assert!(!message("(module (func (drop (i32.div/s))))").contains("now called"));
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(to_binary("\u{feff}(module)".as_bytes()).unwrap(), to_binary(b"(module)").unwrap());
        assert_eq!(message("\u{feff}(module\n (func nope))").split(": ").nth(1), Some("line 2, column 8"));
    }
}
