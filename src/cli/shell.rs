//! Words of command lines that are shown to be typed.

use std::fmt::Display;

/// Quotes a word for a POSIX shell if it needs that.
pub fn quoted(word: impl Display) -> String {
    let word = word.to_string();
    let is_plain = |character: char| character.is_alphanumeric() || "_-+=./:,@%".contains(character);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word;
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::quoted;

    #[test]
    fn a_shell_reads_the_same_word() {
        for word in
            ["a/b-c_1.wat", "", "a b", "it's", "$HOME", "`id`", "a\"b", "~x", "!x", "größe", "*", "a\\b", "--x=$y"]
        {
            let printed = Command::new("sh").arg("-c").arg(format!("printf %s {}", quoted(word))).output().unwrap();
            assert_eq!(String::from_utf8(printed.stdout).unwrap(), word);
        }
        assert_eq!(quoted("./found/bank-solvent-3.jsonl"), "./found/bank-solvent-3.jsonl");
    }
}
