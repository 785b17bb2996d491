//! Wraps text to lines that fit a terminal.

/// The number of columns of a line of the table of imports.
const WIDTH: usize = 80;

/// Wraps words to lines of at most 80 columns. The first line is indented by `first` columns, the others by `rest`. A word that
/// is longer than a line gets a line of its own.
pub fn wrapped<'a>(words: impl IntoIterator<Item = &'a str>, first: usize, rest: usize) -> String {
    lines(words, WIDTH, &format!("{:first$}", ""), rest)
}

/// Wraps text to lines of at most `width` columns behind a heading. Lines after the first are indented by the length of the heading.
pub fn hanging(heading: &str, text: &str, width: usize) -> String {
    lines(text.split_whitespace(), width, heading, heading.chars().count())
}

/// Wraps text to lines of at most `width` columns. Lines that are not indented are joined to paragraphs. An indented line stays a line
/// of its own, and is wrapped below the second of two columns, if it has these.
pub fn filled(text: &str, width: usize) -> String {
    let mut blocks: Vec<String> = Vec::new();
    let mut paragraph: Vec<&str> = Vec::new();
    let end = |paragraph: &mut Vec<&str>, blocks: &mut Vec<String>| {
        if !paragraph.is_empty() {
            let words = paragraph.drain(..).flat_map(str::split_whitespace);
            blocks.push(lines(words, width, "", 0));
        }
    };
    for line in text.lines() {
        if line.starts_with(' ') || line.is_empty() || line.ends_with(':') && paragraph.is_empty() {
            end(&mut paragraph, &mut blocks);
            blocks.push(indented(line, width));
        } else {
            paragraph.push(line);
        }
    }
    end(&mut paragraph, &mut blocks);
    let mut filled = blocks.concat();
    if !text.ends_with('\n') {
        filled.pop();
    }
    filled
}

/// Wraps a line that begins with spaces. A line with a program or JSON stays whole if it is too long.
fn indented(line: &str, width: usize) -> String {
    let content = line.trim_start();
    let indent = line.len() - content.len();
    if line.chars().count() <= width || content.starts_with(['{', '"']) || content.starts_with("vellum ") {
        return format!("{line}\n");
    }
    // The second column begins after a gap of two spaces.
    let column = content.find("  ").map_or(0, |gap| content[gap..].len() - content[gap..].trim_start().len() + gap);
    let (heading, text) = line.split_at(indent + column);
    hanging(heading, text, width)
}

fn lines<'a>(words: impl IntoIterator<Item = &'a str>, width: usize, heading: &str, rest: usize) -> String {
    let columns = |text: &str| text.chars().count();
    let mut text = String::new();
    let mut line = heading.to_owned();
    let mut is_empty = true;
    for word in words {
        if !is_empty && columns(&line) + 1 + columns(word) > width {
            text += &line;
            text.push('\n');
            line = format!("{:rest$}", "");
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line += word;
        is_empty = false;
    }
    text + &line + "\n"
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

    #[test]
    fn paragraphs_are_filled_and_indented_lines_stay_lines() {
        let text = "One two\nthree four\n\nExit status:\n  12  one two three four\n  {\"a\": \"one two three four\"}\n";
        let expected = "One two three\nfour\n\nExit status:\n  12  one two\n      three\n      four\n  {\"a\": \"one two three four\"}\n";
        assert_eq!(filled(text, 13), expected);
        assert_eq!(filled("one two", 80), "one two");
        assert_eq!(hanging("  run  ", "one two three", 16), "  run  one two\n       three\n");
    }
}
