//! A small assembler for EVM bytecode. A number is pushed, `name:` is a label, `@name` pushes the address of a label, and `;`
//! begins a comment.

use std::collections::HashMap;

/// The instructions that the contract uses, except `DUPn` and `SWAPn`.
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

/// Assembles a text into bytecode.
pub fn assemble(text: &str) -> Result<Vec<u8>, String> {
    let mut code = Vec::new();
    let mut labels = HashMap::new();
    let mut references = Vec::new();
    let words = text.lines().flat_map(|line| line.split(';').next().unwrap_or("").split_whitespace());
    for word in words {
        if let Some(name) = word.strip_suffix(':') {
            if labels.insert(name, code.len()).is_some() {
                return Err(format!("two labels are called {name}"));
            }
            code.push(JUMPDEST);
        } else if let Some(name) = word.strip_prefix('@') {
            code.extend([PUSH0 + 2, 0, 0]);
            references.push((code.len() - 2, name));
        } else if let Ok(number) = word.parse::<u64>() {
            let bytes = number.to_be_bytes();
            let bytes = &bytes[number.leading_zeros() as usize / 8..];
            code.push(PUSH0 + bytes.len() as u8);
            code.extend(bytes);
        } else {
            code.push(opcode(word).ok_or_else(|| format!("there is no instruction {word}"))?);
        }
    }
    for (at, name) in references {
        let address = labels.get(name).ok_or_else(|| format!("no label is called {name}"))?;
        let address = u16::try_from(*address).map_err(|_| format!("{name} should be below 65536"))?;
        code[at..at + 2].copy_from_slice(&address.to_be_bytes());
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
    fn numbers_labels_and_instructions_become_bytes() {
        assert_eq!(
            assemble("0 255 256 there: DUP2 SWAP16 @there JUMP ; JUMPI"),
            Ok(vec![0x5F, 0x60, 0xFF, 0x61, 1, 0, 0x5B, 0x81, 0x9F, 0x61, 0, 6, 0x56])
        );
        assert_eq!(assemble("@nowhere"), Err("no label is called nowhere".to_owned()));
        assert_eq!(assemble("a: a:"), Err("two labels are called a".to_owned()));
        assert_eq!(assemble("DUP17"), Err("there is no instruction DUP17".to_owned()));
    }
}
