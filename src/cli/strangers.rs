//! Text of strangers, as it is shown to people: names of exports, notes, logs, messages of halts.
//!
//! A terminal obeys some characters, and some change the order of others: whoever writes a contract would write what its user
//! sees. So nothing is shown but what prints, and not without end.

/// Characters that are shown of a line.
const MOST: usize = 1_000;

/// Text as one line: what does not print is escaped, line ends too, and what is too long is cut.
pub fn line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len().min(4 * MOST));
    for (number, character) in text.chars().enumerate() {
        if number == MOST {
            return format!("{shown}… ({} bytes)", text.len());
        }
        match character {
            // What Rust's own form would escape, though it prints.
            '\\' | '\'' | '"' => shown.push(character),
            character => shown.extend(character.escape_debug()),
        }
    }
    shown
}

/// Text that may have several lines, each as [`line`] shows it.
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
