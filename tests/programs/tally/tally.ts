// How often each of 256 words was counted, and the last of them, in storage.

@external("storage", "base")
declare function base(): usize;

// Counts a word, and gives how often it was counted.
export function count(word: u32): u64 {
  const at = base() + usize(word % 256) * 8;
  const times = load<u64>(at) + 1;
  store<u64>(at, times);
  store<u32>(base(), word, 2048);
  return times;
}

export function times(word: u32): u64 {
  return load<u64>(base() + usize(word % 256) * 8);
}

export function last(): u32 {
  return load<u32>(base(), 2048);
}

// Counts a word, and then traps.
export function count_then_trap(word: u32): void {
  count(word);
  unreachable();
}

// Recurses. Writes nothing.
export function recurse(depth: u64): u64 {
  return depth == 0 ? 0 : depth ^ (recurse(depth - 1) + 1);
}
