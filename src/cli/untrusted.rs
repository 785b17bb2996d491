//! Untrusted text, as it is shown on a terminal: names of exports, notes, logs, messages of halts.
//!
//! Some characters are commands to a terminal, and some reorder others. With them a contract could change what its user sees. So
//! all characters that do not print are escaped, and long text is cut.

/// The greatest number of characters that are shown of a line.
const MOST: usize = 1_000;

/// Shows text as one line. Characters that do not print are escaped, line ends too. Text that is too long is cut.
pub fn line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len().min(4 * MOST));
    for (number, character) in text.chars().enumerate() {
        if number == MOST {
            return format!("{shown}… ({} bytes)", text.len());
        }
        match character {
            // `escape_debug` would escape these, though they print.
            '\\' | '\'' | '"' => shown.push(character),
            character => shown.extend(character.escape_debug()),
        }
    }
    shown
}

/// Shows text of several lines, each as [`line`] does.
pub fn lines(text: &str) -> String {
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_or_reorders_is_escaped_and_what_prints_is_not() {
        let text = "\u{1b}[2J\r\n\u{9b}31m\u{202e}evil\u{7}\t\u{200b}\u{feff}";
        let shown = line(text);
        assert_eq!(shown, r"\u{1b}[2J\r\n\u{9b}31m\u{202e}evil\u{7}\t\u{200b}\u{feff}");
        for plain in ["transfer", r#"it's "so" \n"#, "größe 漢字 ✓ a_b.c-d"] {
            assert_eq!(line(plain), plain);
        }
        assert_eq!(lines("one\r\n  two\u{1b}\n"), "one\\r\n  two\\u{1b}\n");
    }

    #[test]
    fn what_is_too_long_is_cut_and_says_how_long_it_is() {
        assert_eq!(line(&"é".repeat(MOST)), "é".repeat(MOST));
        assert_eq!(line(&"é".repeat(MOST + 1)), format!("{}… (2002 bytes)", "é".repeat(MOST)));
    }
}
