// A hash table whose nodes lie in storage, and a list of the keys in the order in which they came.
//
// Everything that stays is found from the head of storage, which is zero at first.

typedef unsigned char byte;
typedef unsigned int word;
typedef unsigned long long wide;

#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
#define EXPORT(name) __attribute__((export_name(name)))

IMPORT("storage", "base") void *storage_base(void);
IMPORT("storage", "size") word storage_size(void);
IMPORT("vellum", "self_address") void self_address(byte *to);
IMPORT("vellum", "call")
word call(const byte *address, const char *name, word name_length, const void *input, word input_length, wide value, wide gas);

#define BUCKETS 256
#define NONE (~0ull)

struct node {
    wide key, value;
    struct node *next_of_bucket, *older, *newer;
};

struct table {
    word used; // bytes of storage in use; 0 at first
    word count;
    struct node *free, *oldest, *newest;
    struct node *buckets[BUCKETS];
};

static struct table *table(void) {
    struct table *table = storage_base();
    if (table->used == 0) table->used = sizeof *table;
    return table;
}

static struct node **place(struct table *table, wide key) {
    struct node **link = &table->buckets[(key * 0x9E3779B97F4A7C15ull) >> 56];
    while (*link && (*link)->key != key) link = &(*link)->next_of_bucket;
    return link;
}

static struct node *new_node(struct table *table) {
    struct node *node = table->free;
    if (node) {
        table->free = node->next_of_bucket;
        return node;
    }
    word at = (table->used + 7) & ~7u;
    if (at + sizeof *node > storage_size()) __builtin_trap();
    table->used = at + sizeof *node;
    return (struct node *)((byte *)storage_base() + at);
}

// Puts a value under a key, and gives the one before.
EXPORT("put") wide put(wide key, wide value) {
    struct table *in = table();
    struct node **link = place(in, key);
    if (*link) {
        wide before = (*link)->value;
        (*link)->value = value;
        return before;
    }
    struct node *node = new_node(in);
    node->key = key;
    node->value = value;
    node->next_of_bucket = 0;
    node->newer = 0;
    node->older = in->newest;
    *(in->newest ? &in->newest->newer : &in->oldest) = node;
    in->newest = node;
    *link = node;
    in->count++;
    return NONE;
}

EXPORT("get") wide get(wide key) {
    struct node *node = *place(storage_base(), key);
    return node ? node->value : NONE;
}

EXPORT("remove") wide removed(wide key) {
    struct table *in = table();
    struct node **link = place(in, key), *node = *link;
    if (!node) return NONE;
    *link = node->next_of_bucket;
    *(node->older ? &node->older->newer : &in->oldest) = node->newer;
    *(node->newer ? &node->newer->older : &in->newest) = node->older;
    node->next_of_bucket = in->free;
    in->free = node;
    in->count--;
    return node->value;
}

EXPORT("count") word count(void) {
    struct table *in = storage_base();
    return in->count;
}

// A number that changes with the pairs and with their order, by FNV-1a over words.
EXPORT("checksum") wide checksum(void) {
    struct table *in = storage_base();
    wide sum = 0xcbf29ce484222325ull;
    for (struct node *node = in->oldest; node; node = node->newer) {
        sum = (sum ^ node->key) * 0x100000001b3ull;
        sum = (sum ^ node->value) * 0x100000001b3ull;
    }
    return sum;
}

EXPORT("put_then_trap") void put_then_trap(wide key, wide value) {
    put(key, value);
    __builtin_trap();
}

// Puts a pair, has a call of this contract put another one, and puts a third, whose value is the sum of the two as they are
// found then. Gives the status of the call.
EXPORT("put_around_call") word put_around_call(wide key, wide value) {
    byte address[20];
    wide input[2] = {key + 1, value + 1};
    put(key, value);
    self_address(address);
    word status = call(address, "put", 3, input, sizeof input, 0, 0);
    put(key + 2, get(key) + get(key + 1));
    return status;
}

// Recurses, with 64 words on the stack each time. Writes nothing else.
EXPORT("recurse") wide recurse(wide depth) {
    volatile wide words[64];
    for (word index = 0; index < 64; index++) words[index] = depth;
    wide below = depth ? recurse(depth - 1) : 0;
    return words[depth % 64] + below;
}
