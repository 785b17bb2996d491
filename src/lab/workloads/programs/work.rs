//! The work of the programs. The native arm and the contracts in `tests/programs/work` compile this file.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::iter::Peekable;

/// Does the same work `times` times. Returns the sum of the results.
pub fn repeat(times: u64, mut work: impl FnMut() -> u64) -> u64 {
    (0..times).fold(0, |sum, _| sum.wrapping_add(black_box(work())))
}

/// Elements that are read and written one at a time.
pub trait Array<T> {
    /// The element at an index.
    fn get(&self, index: usize) -> T;

    /// Writes the element at an index.
    fn set(&mut self, index: usize, value: T);
}

impl<T: Copy> Array<T> for [T] {
    fn get(&self, index: usize) -> T {
        self[index]
    }

    fn set(&mut self, index: usize, value: T) {
        self[index] = value;
    }
}

/// The word of an index, by SplitMix64: words of different indices differ, and look random.
pub fn word(index: usize) -> u64 {
    let mut word = (index as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

/// The result of work whose elements have these words: it depends on their order.
pub fn checksum(words: impl Iterator<Item = u64>) -> u64 {
    words.fold(0, |sum: u64, word| (sum ^ word).wrapping_mul(0x0100_0000_01b3))
}

/// Inserts `entries` pairs into a map, and looks up five times as many keys, of which half are there.
pub fn fill_and_look_up(entries: usize) -> u64 {
    let mut map = BTreeMap::new();
    for index in 0..entries {
        map.insert(word(index), index as u64);
    }
    let found = (0..5 * entries).filter_map(|index| map.get(&word(index * 7_919 % (2 * entries))));
    found.fold(map.len() as u64, |sum, value| sum.wrapping_add(*value))
}

/// Adds words.
pub fn add(words: impl Iterator<Item = u64>) -> u64 {
    words.fold(0, u64::wrapping_add)
}

/// Sorts by a heap within the array.
pub fn sort_by_heap<A: Array<u64> + ?Sized>(words: &mut A, length: usize) {
    (0..length / 2).rev().for_each(|root| sink(words, root, length));
    for end in (1..length).rev() {
        let (first, last) = (words.get(0), words.get(end));
        words.set(0, last);
        words.set(end, first);
        sink(words, 0, end);
    }
}

/// Moves the word at `root` down to where no word below it is larger.
fn sink<A: Array<u64> + ?Sized>(words: &mut A, mut root: usize, end: usize) {
    let sinking = words.get(root);
    loop {
        let mut child = 2 * root + 1;
        if child >= end {
            break;
        }
        let mut larger = words.get(child);
        if child + 1 < end {
            let right = words.get(child + 1);
            if right > larger {
                (child, larger) = (child + 1, right);
            }
        }
        if larger <= sinking {
            break;
        }
        words.set(root, larger);
        root = child;
    }
    words.set(root, sinking);
}

/// An element of the factors of the matrix product.
pub fn factor(index: usize) -> f64 {
    (index % 17) as f64 - 8.0
}

/// Multiplies two square matrices. Rows lie one after another.
pub fn multiply<A: Array<f64> + ?Sized>(left: &A, right: &A, product: &mut A, side: usize) {
    for row in 0..side {
        for column in 0..side {
            product.set(row * side + column, 0.0);
        }
        for middle in 0..side {
            let factor = left.get(row * side + middle);
            for column in 0..side {
                let at = row * side + column;
                product.set(at, product.get(at) + factor * right.get(middle * side + column));
            }
        }
    }
}

/// Writes a JSON array of `records` objects.
pub fn write_json(records: usize, put: &mut impl FnMut(u8)) {
    put(b'[');
    for record in 0..records {
        let number = word(record);
        text(if record == 0 { r#"{"id": "# } else { r#", {"id": "# }, put);
        decimal(record as u64, put);
        text(r#", "name": "account \""#, put);
        decimal(number >> 40, put);
        text(r#"\"", "balance": -"#, put);
        decimal(number >> 20, put);
        text(r#", "limits": [1, 22, 333, null], "open": "#, put);
        text(if number.is_multiple_of(3) { "true}" } else { "false}" }, put);
    }
    put(b']');
}

fn text(text: &str, put: &mut impl FnMut(u8)) {
    text.bytes().for_each(put);
}

fn decimal(number: u64, put: &mut impl FnMut(u8)) {
    if number > 9 {
        decimal(number / 10, put);
    }
    put(b'0' + (number % 10) as u8);
}

/// Parses JSON whose numbers are integers and whose escapes are of one byte. Returns the sum of the numbers, and of hashes
/// of the strings; nothing if the text is not valid.
pub fn parse_json(bytes: impl Iterator<Item = u8>) -> Option<u64> {
    let mut parser = Parser(bytes.peekable());
    let sum = parser.value(64)?;
    parser.next_token().is_none().then_some(sum)
}

struct Parser<I: Iterator<Item = u8>>(Peekable<I>);

impl<I: Iterator<Item = u8>> Parser<I> {
    /// The first byte of the next token, which is not taken.
    fn next_token(&mut self) -> Option<u8> {
        while self.0.next_if(|byte| byte.is_ascii_whitespace()).is_some() {}
        self.0.peek().copied()
    }

    /// Takes a token of one byte if it is the next one.
    fn take(&mut self, token: u8) -> Option<()> {
        (self.next_token()? == token).then(|| self.0.next()).map(|_| ())
    }

    fn value(&mut self, depth: u32) -> Option<u64> {
        match self.next_token()? {
            b'{' | b'[' if depth == 0 => None,
            b'{' => self.members(b'}', |parser| {
                let key = parser.string()?;
                parser.take(b':')?;
                Some(key.wrapping_add(parser.value(depth - 1)?))
            }),
            b'[' => self.members(b']', |parser| parser.value(depth - 1)),
            b'"' => self.string(),
            b't' => self.word("true", 1),
            b'f' => self.word("false", 2),
            b'n' => self.word("null", 3),
            _ => self.integer(),
        }
    }

    /// An opening bracket, members between commas, and the closing bracket.
    fn members(&mut self, close: u8, mut member: impl FnMut(&mut Self) -> Option<u64>) -> Option<u64> {
        self.0.next();
        let mut sum = 0u64;
        if self.take(close).is_some() {
            return Some(sum);
        }
        loop {
            sum = sum.wrapping_add(member(self)?);
            if self.take(b',').is_none() {
                return self.take(close).map(|()| sum);
            }
        }
    }

    fn string(&mut self) -> Option<u64> {
        self.take(b'"')?;
        let mut hash = 0u64;
        loop {
            let byte = match self.0.next()? {
                b'"' => return Some(hash),
                b'\\' => match self.0.next()? {
                    b'n' => b'\n',
                    b't' => b'\t',
                    byte @ (b'"' | b'\\' | b'/') => byte,
                    _ => return None,
                },
                byte => byte,
            };
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn word(&mut self, word: &str, value: u64) -> Option<u64> {
        word.bytes().all(|byte| self.0.next() == Some(byte)).then_some(value)
    }

    fn integer(&mut self) -> Option<u64> {
        let is_negative = self.0.next_if_eq(&b'-').is_some();
        let digit = |byte: u8| byte.is_ascii_digit().then(|| u64::from(byte - b'0'));
        let mut number = digit(self.0.next()?)?;
        while let Some(next) = self.0.peek().and_then(|byte| digit(*byte)) {
            self.0.next();
            number = number.checked_mul(10)?.checked_add(next)?;
        }
        Some(if is_negative { number.wrapping_neg() } else { number })
    }
}
