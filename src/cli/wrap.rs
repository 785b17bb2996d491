//! Wraps text to lines that fit a terminal.

/// The number of columns of a line.
const WIDTH: usize = 80;

/// Wraps words to lines of at most 80 columns. The first line is indented by `first` columns, the others by `rest`. A word that
/// is longer than a line gets a line of its own.
pub fn wrapped<'a>(words: impl IntoIterator<Item = &'a str>, first: usize, rest: usize) -> String {
    let mut text = String::new();
    let mut line = String::new();
    let mut indent = first;
    for word in words {
        let columns = |text: &str| text.chars().count();
        if !line.is_empty() && indent + columns(&line) + 1 + columns(word) > WIDTH {
            text += &format!("{:indent$}{line}\n", "");
            line.clear();
            indent = rest;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    text + &format!("{:indent$}{line}\n", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_filled_up_to_80_columns() {
        let seven = "séven !";
        // Ten words of 7 columns and the nine spaces between them are 79 columns.
        assert_eq!(wrapped([seven; 10], 1, 4), format!(" {}\n", [seven; 10].join(" ")));
        assert_eq!(wrapped([seven; 10], 2, 4), format!("  {}\n    {seven}\n", [seven; 9].join(" ")));
        let long = "x".repeat(90);
        assert_eq!(wrapped(["a", &long, "b"], 0, 2), format!("a\n  {long}\n  b\n"));
    }
}
