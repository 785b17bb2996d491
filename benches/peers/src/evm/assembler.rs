//! A small assembler for EVM bytecode: numbers are pushed, `name:` is a place to jump to, `@name` pushes it, a line's
//! rest after `;` is for the reader.

use std::collections::HashMap;

/// The instructions that the contract uses, but for `DUPn` and `SWAPn`.
const OPCODES: [(&str, u8); 23] = [
    ("ADD", 0x01),
    ("MUL", 0x02),
    ("SUB", 0x03),
    ("MOD", 0x06),
    ("LT", 0x10),
    ("GT", 0x11),
    ("EQ", 0x14),
    ("ISZERO", 0x15),
    ("AND", 0x16),
    ("SHR", 0x1C),
    ("KECCAK256", 0x20),
    ("CALLDATALOAD", 0x35),
    ("POP", 0x50),
    ("MLOAD", 0x51),
    ("MSTORE", 0x52),
    ("SLOAD", 0x54),
    ("SSTORE", 0x55),
    ("JUMP", 0x56),
    ("JUMPI", 0x57),
    ("JUMPDEST", 0x5B),
    ("RETURN", 0xF3),
    ("REVERT", 0xFD),
    ("STOP", 0x00),
];

const PUSH0: u8 = 0x5F;
const JUMPDEST: u8 = 0x5B;

/// Bytecode of a text, or what is wrong with it.
pub fn assemble(text: &str) -> Result<Vec<u8>, String> {
    let mut code = Vec::new();
    let mut places = HashMap::new();
    let mut wanted = Vec::new();
    let words = text.lines().flat_map(|line| line.split(';').next().unwrap_or("").split_whitespace());
    for word in words {
        if let Some(name) = word.strip_suffix(':') {
            if places.insert(name, code.len()).is_some() {
                return Err(format!("two places are called {name}"));
            }
            code.push(JUMPDEST);
        } else if let Some(name) = word.strip_prefix('@') {
            code.extend([PUSH0 + 2, 0, 0]);
            wanted.push((code.len() - 2, name));
        } else if let Ok(number) = word.parse::<u64>() {
            let bytes = number.to_be_bytes();
            let bytes = &bytes[number.leading_zeros() as usize / 8..];
            code.push(PUSH0 + bytes.len() as u8);
            code.extend(bytes);
        } else {
            code.push(opcode(word).ok_or_else(|| format!("there is no instruction {word}"))?);
        }
    }
    for (at, name) in wanted {
        let place = places.get(name).ok_or_else(|| format!("no place is called {name}"))?;
        let place = u16::try_from(*place).map_err(|_| format!("{name} is too far away"))?;
        code[at..at + 2].copy_from_slice(&place.to_be_bytes());
    }
    Ok(code)
}

fn opcode(word: &str) -> Option<u8> {
    let numbered = |prefix: &str, base: u8| {
        let number: u8 = word.strip_prefix(prefix)?.parse().ok()?;
        (1..=16).contains(&number).then_some(base + number - 1)
    };
    let named = || OPCODES.iter().find(|(name, _)| *name == word).map(|(_, code)| *code);
    numbered("DUP", 0x80).or_else(|| numbered("SWAP", 0x90)).or_else(named)
}

#[cfg(test)]
mod tests {
    use super::assemble;

    #[test]
    fn numbers_places_and_instructions_become_bytes() {
        assert_eq!(
            assemble("0 255 256 there: DUP2 SWAP16 @there JUMP ; JUMPI"),
            Ok(vec![0x5F, 0x60, 0xFF, 0x61, 1, 0, 0x5B, 0x81, 0x9F, 0x61, 0, 6, 0x56])
        );
        assert_eq!(assemble("@nowhere"), Err("no place is called nowhere".to_owned()));
        assert_eq!(assemble("a: a:"), Err("two places are called a".to_owned()));
        assert_eq!(assemble("DUP17"), Err("there is no instruction DUP17".to_owned()));
    }
}
