//! Tables and bytes as text.

use std::fmt::{Display, Write};

use super::untrusted;

/// Encodes bytes as hex with `0x`.
pub fn hex(bytes: &[u8]) -> String {
    const_hex::encode_prefixed(bytes)
}

/// Lines of a name and a value, in two columns.
#[derive(Debug, Default)]
pub struct Table {
    text: String,
}

impl Table {
    /// Adds a line. The value stays on it: its line ends are escaped.
    pub fn row(mut self, name: &str, value: impl Display) -> Self {
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{name:<10} {}", untrusted::escaped(&value.to_string()));
        self
    }

    /// Adds text that already has its lines.
    pub fn text(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    pub fn finish(self) -> String {
        self.text
    }
}

/// Shows bytes in rows of 16, each with its address. Rows of zeros become one `*`, except the first and the last row.
pub fn hex_dump(start: u64, data: &[u8]) -> String {
    const ROW: usize = 16;
    let mut text = String::new();
    let mut in_zeros = false;
    let rows = data.len().div_ceil(ROW);
    for (index, row) in data.chunks(ROW).enumerate() {
        let zero = row.iter().all(|byte| *byte == 0);
        let (first, last) = (index == 0, index + 1 == rows);
        if zero && !first && !last {
            if !in_zeros {
                text.push_str("*\n");
            }
            in_zeros = true;
            continue;
        }
        in_zeros = false;
        // Writing to a string does not fail.
        let _ = write!(text, "{:08x} ", start + (index * ROW) as u64);
        for place in 0..ROW {
            let gap = if place == ROW / 2 { "  " } else { " " };
            let _ = match row.get(place) {
                Some(byte) => write!(text, "{gap}{byte:02x}"),
                None => write!(text, "{gap}  "),
            };
        }
        let shown = |byte: &u8| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' };
        let _ = writeln!(text, "  |{}|", row.iter().map(shown).collect::<String>());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::hex_dump;

    #[test]
    fn a_hex_dump_shows_every_row_that_is_not_zero_and_where_it_ends() {
        let mut data = [0; 70];
        data[0] = b'v';
        data[8] = 0xff;
        data[69] = b' ';
        let expected = "\
00000100  76 00 00 00 00 00 00 00  ff 00 00 00 00 00 00 00  |v...............|
*
00000140  00 00 00 00 00 20                                 |..... |
";
        assert_eq!(hex_dump(0x100, &data), expected);
        assert_eq!(hex_dump(0, &[]), "");
        assert_eq!(hex_dump(0, &[0; 16]).lines().count(), 1);
    }
}
