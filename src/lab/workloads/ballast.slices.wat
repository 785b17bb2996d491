;; A variable of 8 bytes at the start of storage, beside other pages.
(module
  (import "svm" "storage_read_to_mem" (func $read (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_write_from_mem" (func $write (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)

  (func (export "increment") (result i64)
    (local $value i64)
    (call $read (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 0) (i32.const 0))
    (local.set $value (i64.add (i64.load (i32.const 0)) (i64.const 1)))
    (i64.store (i32.const 0) (local.get $value))
    (call $write (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 0) (i32.const 0))
    (local.get $value))

  ;; Adds 1 to the first word of the first `count` pages. Returns the sum of the old words.
  (func (export "raise") (param $count i32) (result i64)
    (local $page i32) (local $value i64) (local $sum i64)
    (loop $next
      (if (i32.lt_u (local.get $page) (local.get $count)) (then
        (call $read (local.get $page) (i32.const 0) (i32.const 8) (i32.const 0) (i32.const 0))
        (local.set $value (i64.load (i32.const 0)))
        (local.set $sum (i64.add (local.get $sum) (local.get $value)))
        (i64.store (i32.const 0) (i64.add (local.get $value) (i64.const 1)))
        (call $write (i32.const 0) (i32.const 0) (i32.const 8) (local.get $page) (i32.const 0))
        (local.set $page (i32.add (local.get $page) (i32.const 1)))
        (br $next))))
    (local.get $sum))

  ;; Writes the address of each of `count` pages, from `page` on, to its start. Reads nothing.
  (func (export "lay") (param $page i32) (param $count i32) (result i64)
    (loop $next
      (if (local.get $count) (then
        (i64.store (i32.const 0) (i64.extend_i32_u (i32.shl (local.get $page) (i32.const 12))))
        (call $write (i32.const 0) (i32.const 0) (i32.const 8) (local.get $page) (i32.const 0))
        (local.set $page (i32.add (local.get $page) (i32.const 1)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next))))
    (i64.extend_i32_u (local.get $page))))
