//! Untrusted text, as it is shown on a terminal: names of exports, notes, logs, messages of halts.
//!
//! Some characters are commands to a terminal, and some reorder others. With them a contract could change what its user sees. So
//! all characters that do not print are escaped, and long text is cut. All text for a person is escaped where it is printed; text of a
//! stranger is cut, and kept to its line, where it is put into that text.

use std::borrow::Cow;

/// The greatest number of characters that are shown of a line.
const MOST: usize = 1_000;

/// The greatest number of lines that are shown of a message.
const MOST_LINES: usize = 40;

/// Shows text as one line. Characters that do not print are escaped, line ends too. Text that is too long is cut.
pub fn line(text: &str) -> String {
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}… ({} bytes)", escaped(&text[..end]), text.len()),
        None => escaped(text).into_owned(),
    }
}

/// Shows text of several lines, each as [`line`] does.
pub fn lines(text: &str) -> String {
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Shows a message as [`lines`] does, and cuts it after 40 lines.
pub fn message(text: &str) -> String {
    match text.match_indices('\n').nth(MOST_LINES - 1) {
        Some((end, _)) => format!("{}\n… ({} bytes)", lines(&text[..end]), text.len()),
        None => lines(text),
    }
}

/// Escapes all characters that do not print, line ends too.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if text.bytes().all(prints) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            // `escape_debug` would escape these, though they print.
            '\\' | '\'' | '"' => shown.push(character),
            character => shown.extend(character.escape_debug()),
        }
    }
    Cow::Owned(shown)
}

/// Escapes all characters that do not print, except line ends.
pub fn tame(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| prints(byte) || byte == b'\n') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split('\n').map(escaped).collect::<Vec<_>>().join("\n"))
}

/// Returns true for the bytes of printing ASCII characters.
fn prints(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte)
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
        assert_eq!(tame("one\r\n  größe\u{1b}\n"), "one\\r\n  größe\\u{1b}\n");
        assert_eq!(lines("one\r\n  two\u{1b}\n"), "one\\r\n  two\\u{1b}\n");
    }

    #[test]
    fn what_is_too_long_is_cut_and_says_how_long_it_is() {
        assert_eq!(line(&"é".repeat(MOST)), "é".repeat(MOST));
        assert_eq!(line(&"é".repeat(MOST + 1)), format!("{}… (2002 bytes)", "é".repeat(MOST)));
        assert_eq!(message(&"\n".repeat(1 << 20)), format!("{}… (1048576 bytes)", "\n".repeat(MOST_LINES)));
        assert_eq!(message("one\ntwo"), "one\ntwo");
    }
}
