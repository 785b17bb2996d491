//! A ring of the last 1,000 words, in storage.

extern "storage" fn base() usize;

const Ring = extern struct {
    /// How many words were ever added.
    added: u64,
    words: [1000]u64,
};

fn ring() *Ring {
    return @ptrFromInt(base());
}

/// Adds a word, and gives the one that it takes the place of; 0 if there is none.
export fn add(word: u64) u64 {
    const in = ring();
    const place = &in.words[@intCast(in.added % in.words.len)];
    const before = place.*;
    place.* = word;
    in.added += 1;
    return before;
}

export fn added() u64 {
    return ring().added;
}

export fn sum() u64 {
    var total: u64 = 0;
    for (ring().words) |word| total +%= word;
    return total;
}

/// Adds a word, and then traps.
export fn add_then_trap(word: u64) void {
    _ = add(word);
    @trap();
}

/// Recurses, with 64 words on the stack each time. Writes nothing else.
export fn recurse(depth: u64) u64 {
    var words: [64]u64 = @splat(depth);
    const seen: *volatile [64]u64 = &words;
    const below = if (depth == 0) 0 else recurse(depth - 1);
    return seen[@intCast(depth % 64)] +% below;
}
