;; A B-tree. Page 0: the address of the root node, the height (0: the root is a leaf), the address of the next new node. A
;; node has 512 bytes: the number of keys, 31 keys from 8 on, and from 256 on 31 values (leaf) or 32 children. A key of an
;; inner node is the smallest key of the subtree to its right.
;; Nodes are read and written whole. Own memory: the words of page 0 at 0, a node and its child at 512 and 1,024 (which is
;; which alternates), and the new node of a split at 1,536.
(module
  (import "svm" "storage_read_to_mem" (func $read (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_write_from_mem" (func $write (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (global $grown (mut i32) (i32.const 0))

  (func $fetch (param $at i32) (param $node i32)
    (call $read (i32.shr_u (local.get $at) (i32.const 12)) (i32.and (local.get $at) (i32.const 4095))
      (i32.const 512) (i32.const 0) (local.get $node)))

  (func $keep (param $at i32) (param $node i32) (param $bytes i32)
    (call $write (i32.const 0) (local.get $node) (local.get $bytes)
      (i32.shr_u (local.get $at) (i32.const 12)) (i32.and (local.get $at) (i32.const 4095))))

  ;; Returns how many keys of the node are at most the given key.
  (func $upper (param $node i32) (param $key i64) (result i32)
    (local $low i32) (local $high i32) (local $middle i32)
    (local.set $high (i32.wrap_i64 (i64.load (local.get $node))))
    (loop $halve
      (if (i32.lt_u (local.get $low) (local.get $high)) (then
        (local.set $middle (i32.shr_u (i32.add (local.get $low) (local.get $high)) (i32.const 1)))
        (if (i64.le_u
            (i64.load offset=8 (i32.add (local.get $node) (i32.shl (local.get $middle) (i32.const 3))))
            (local.get $key))
          (then (local.set $low (i32.add (local.get $middle) (i32.const 1))))
          (else (local.set $high (local.get $middle))))
        (br $halve))))
    (local.get $low))

  (func $allocate (result i32)
    (local $node i32)
    (local.set $node (i32.wrap_i64 (i64.load (i32.const 16))))
    (i64.store (i32.const 16) (i64.extend_i32_u (i32.add (local.get $node) (i32.const 512))))
    (global.set $grown (i32.const 1))
    (local.get $node))

  ;; Puts a key and its slot (a value, or the child to its right) into a node that has room. The first slot of a leaf belongs
  ;; to the first key (`right` 0); that of an inner node is the child to its left (`right` 8).
  (func $place (param $node i32) (param $index i32) (param $right i32) (param $key i64) (param $slot i64)
    (local $count i32) (local $at i32) (local $bytes i32)
    (local.set $count (i32.wrap_i64 (i64.load (local.get $node))))
    (local.set $at (i32.add (local.get $node) (i32.shl (local.get $index) (i32.const 3))))
    (local.set $bytes (i32.shl (i32.sub (local.get $count) (local.get $index)) (i32.const 3)))
    (memory.copy
      (i32.add (local.get $at) (i32.const 16)) (i32.add (local.get $at) (i32.const 8)) (local.get $bytes))
    (i64.store offset=8 (local.get $at) (local.get $key))
    (local.set $at (i32.add (local.get $at) (local.get $right)))
    (memory.copy
      (i32.add (local.get $at) (i32.const 264)) (i32.add (local.get $at) (i32.const 256)) (local.get $bytes))
    (i64.store offset=256 (local.get $at) (local.get $slot))
    (i64.store (local.get $node) (i64.extend_i32_u (i32.add (local.get $count) (i32.const 1)))))

  ;; Splits the full child in slot `index` of its parent. Both are in own memory; their storage addresses are given.
  (func $split (param $parent i32) (param $parent_at i32) (param $index i32) (param $child i32) (param $child_at i32)
      (param $leaf i32)
    (local $right_at i32) (local $key i64)
    (local.set $right_at (call $allocate))
    (memory.fill (i32.const 1536) (i32.const 0) (i32.const 512))
    (memory.copy (i32.const 1544) (i32.add (local.get $child) (i32.const 136)) (i32.const 120))
    (memory.copy (i32.const 1792) (i32.add (local.get $child) (i32.const 384)) (i32.const 128))
    (i64.store (i32.const 1536) (i64.const 15))
    (if (local.get $leaf)
      (then
        (local.set $key (i64.load offset=8 (i32.const 1536)))
        (i64.store (local.get $child) (i64.const 16)))
      (else
        (local.set $key (i64.load offset=128 (local.get $child)))
        (i64.store (local.get $child) (i64.const 15))))
    (call $place (local.get $parent) (local.get $index) (i32.const 8) (local.get $key)
      (i64.extend_i32_u (local.get $right_at)))
    (call $keep (local.get $child_at) (local.get $child) (i32.const 8))
    (call $keep (local.get $right_at) (i32.const 1536) (i32.const 512))
    (call $keep (local.get $parent_at) (local.get $parent) (i32.const 512)))

  (func $child (param $node i32) (param $index i32) (result i32)
    (i32.wrap_i64
      (i64.load offset=256 (i32.add (local.get $node) (i32.shl (local.get $index) (i32.const 3))))))

  ;; Sets the value of a key. Returns the old value, or 0.
  (func $insert (param $key i64) (param $value i64) (result i64)
    (local $node i32) (local $node_at i32) (local $child i32) (local $child_at i32)
    (local $height i32) (local $index i32) (local $at i32) (local $old i64)
    (local.set $node (i32.const 512))
    (local.set $node_at (i32.wrap_i64 (i64.load (i32.const 0))))
    (local.set $height (i32.wrap_i64 (i64.load (i32.const 8))))
    (call $fetch (local.get $node_at) (local.get $node))
    (if (i64.eq (i64.load (local.get $node)) (i64.const 31)) (then
      (local.set $child (i32.const 512))
      (local.set $child_at (local.get $node_at))
      (local.set $node (i32.const 1024))
      (local.set $node_at (call $allocate))
      (memory.fill (local.get $node) (i32.const 0) (i32.const 512))
      (i64.store offset=256 (local.get $node) (i64.extend_i32_u (local.get $child_at)))
      (call $split (local.get $node) (local.get $node_at) (i32.const 0) (local.get $child) (local.get $child_at)
        (i32.eqz (local.get $height)))
      (local.set $height (i32.add (local.get $height) (i32.const 1)))
      (i64.store (i32.const 0) (i64.extend_i32_u (local.get $node_at)))
      (i64.store (i32.const 8) (i64.extend_i32_u (local.get $height)))))
    (loop $down
      (local.set $index (call $upper (local.get $node) (local.get $key)))
      (if (local.get $height) (then
        (local.set $child (i32.sub (i32.const 1536) (local.get $node)))
        (local.set $child_at (call $child (local.get $node) (local.get $index)))
        (call $fetch (local.get $child_at) (local.get $child))
        (if (i64.eq (i64.load (local.get $child)) (i64.const 31)) (then
          (call $split (local.get $node) (local.get $node_at) (local.get $index)
            (local.get $child) (local.get $child_at) (i32.eq (local.get $height) (i32.const 1)))
          (local.set $at (i32.add (local.get $node) (i32.shl (local.get $index) (i32.const 3))))
          (if (i64.ge_u (local.get $key) (i64.load offset=8 (local.get $at))) (then
            (local.set $child_at (call $child (local.get $node) (i32.add (local.get $index) (i32.const 1))))
            (memory.copy (local.get $child) (i32.const 1536) (i32.const 512))))))
        (local.set $node (local.get $child))
        (local.set $node_at (local.get $child_at))
        (local.set $height (i32.sub (local.get $height) (i32.const 1)))
        (br $down))))
    (local.set $at (i32.add (local.get $node) (i32.shl (local.get $index) (i32.const 3))))
    (if (local.get $index) (then
      (if (i64.eq (i64.load (local.get $at)) (local.get $key)) (then
        (local.set $old (i64.load offset=248 (local.get $at)))
        (i64.store offset=248 (local.get $at) (local.get $value))
        (local.set $at (i32.add (local.get $at) (i32.const 248)))
        (call $keep (i32.add (local.get $node_at) (i32.sub (local.get $at) (local.get $node))) (local.get $at)
          (i32.const 8))
        (return (local.get $old))))))
    (call $place (local.get $node) (local.get $index) (i32.const 0) (local.get $key) (local.get $value))
    (call $keep (local.get $node_at) (local.get $node) (i32.const 512))
    (i64.const 0))

  ;; Returns the value of a key, or 0.
  (func $look_up (param $key i64) (result i64)
    (local $node i32) (local $height i32) (local $index i32) (local $at i32)
    (local.set $node (i32.wrap_i64 (i64.load (i32.const 0))))
    (local.set $height (i32.wrap_i64 (i64.load (i32.const 8))))
    (loop $down
      (call $fetch (local.get $node) (i32.const 512))
      (local.set $index (call $upper (i32.const 512) (local.get $key)))
      (if (local.get $height) (then
        (local.set $node (call $child (i32.const 512) (local.get $index)))
        (local.set $height (i32.sub (local.get $height) (i32.const 1)))
        (br $down))))
    (if (i32.eqz (local.get $index)) (then (return (i64.const 0))))
    (local.set $at (i32.add (i32.const 512) (i32.shl (local.get $index) (i32.const 3))))
    (if (i64.ne (i64.load (local.get $at)) (local.get $key)) (then (return (i64.const 0))))
    (i64.load offset=248 (local.get $at)))

  ;; Makes an empty tree.
  (func (export "begin") (result i64)
    (i64.store (i32.const 0) (i64.const 4096))
    (i64.store (i32.const 16) (i64.const 4608))
    (call $keep (i32.const 0) (i32.const 0) (i32.const 24))
    (i64.const 0))

  ;; Draws keys from 1 to `keys`. Inserts one of each `every`, and looks the others up. Returns the sum of the values found or
  ;; replaced.
  (func (export "work") (param $seed i64) (param $count i64) (param $keys i64) (param $every i64) (result i64)
    (local $x i64) (local $key i64) (local $sum i64)
    (call $read (i32.const 0) (i32.const 0) (i32.const 24) (i32.const 0) (i32.const 0))
    (global.set $grown (i32.const 0))
    (local.set $x (local.get $seed))
    (loop $next
      (if (i64.ne (local.get $count) (i64.const 0)) (then
        (local.set $count (i64.sub (local.get $count) (i64.const 1)))
        (local.set $x (i64.add (i64.mul (local.get $x) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
        (local.set $key (i64.add (i64.rem_u (i64.shr_u (local.get $x) (i64.const 33)) (local.get $keys)) (i64.const 1)))
        (local.set $sum (i64.add (local.get $sum)
          (if (result i64) (i64.eqz (i64.rem_u (local.get $count) (local.get $every)))
            (then (call $insert (local.get $key) (local.get $x)))
            (else (call $look_up (local.get $key))))))
        (br $next))))
    (if (global.get $grown) (then (call $keep (i32.const 0) (i32.const 0) (i32.const 24))))
    (local.get $sum)))
