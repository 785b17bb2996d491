;; A variable of 8 bytes at the start of storage, beside other pages.
(module
  (import "storage" "memory" (memory $storage 1))

  (func (export "increment") (result i64)
    (local $value i64)
    (local.set $value (i64.add (i64.load $storage (i32.const 0)) (i64.const 1)))
    (i64.store $storage (i32.const 0) (local.get $value))
    (local.get $value))

  ;; Adds 1 to the first word of the first `count` pages. Returns the sum of the old words.
  (func (export "raise") (param $count i32) (result i64)
    (local $page i32) (local $value i64) (local $sum i64)
    (loop $next
      (if (i32.lt_u (local.get $page) (local.get $count)) (then
        (local.set $value (i64.load $storage (i32.shl (local.get $page) (i32.const 12))))
        (local.set $sum (i64.add (local.get $sum) (local.get $value)))
        (i64.store $storage (i32.shl (local.get $page) (i32.const 12)) (i64.add (local.get $value) (i64.const 1)))
        (local.set $page (i32.add (local.get $page) (i32.const 1)))
        (br $next))))
    (local.get $sum))

  ;; Writes the address of each of `count` pages, from `page` on, to its start. Reads nothing.
  (func (export "lay") (param $page i32) (param $count i32) (result i64)
    (loop $next
      (if (local.get $count) (then
        (i64.store $storage (i32.shl (local.get $page) (i32.const 12))
          (i64.extend_i32_u (i32.shl (local.get $page) (i32.const 12))))
        (local.set $page (i32.add (local.get $page) (i32.const 1)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next))))
    (i64.extend_i32_u (local.get $page))))
