;; `again` accesses to each of `count` pages, from `page` on and `stride` pages apart. They go over the words of the page in
;; order and start again after the last. The word at an address is always the address times `scale`.
(module
  (import "svm" "storage_read_to_mem" (func $read (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_write_from_mem" (func $write (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)

  ;; Returns the sum of the words read.
  (func (export "read")
    (param $page i32) (param $stride i32) (param $count i32) (param $again i32) (param $scale i64) (result i64)
    (local $sum i64) (local $left i32) (local $place i32)
    (loop $next
      (if (local.get $count) (then
        (local.set $left (local.get $again))
        (local.set $place (i32.const 0))
        (loop $word
          (call $read (local.get $page) (local.get $place) (i32.const 8) (i32.const 0) (i32.const 0))
          (local.set $sum (i64.add (local.get $sum) (i64.load (i32.const 0))))
          (local.set $place (i32.and (i32.add (local.get $place) (i32.const 8)) (i32.const 4088)))
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (br_if $word (local.get $left)))
        (local.set $page (i32.add (local.get $page) (local.get $stride)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next))))
    (local.get $sum))

  ;; Writes the words, and reads nothing.
  (func (export "write")
    (param $page i32) (param $stride i32) (param $count i32) (param $again i32) (param $scale i64) (result i64)
    (local $sum i64) (local $left i32) (local $place i32)
    (loop $next
      (if (local.get $count) (then
        (local.set $left (local.get $again))
        (local.set $place (i32.const 0))
        (loop $word
          (i64.store (i32.const 0) (i64.mul (i64.extend_i32_u (i32.add (i32.shl (local.get $page) (i32.const 12)) (local.get $place))) (local.get $scale)))
          (call $write (i32.const 0) (i32.const 0) (i32.const 8) (local.get $page) (local.get $place))
          (local.set $place (i32.and (i32.add (local.get $place) (i32.const 8)) (i32.const 4088)))
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (br_if $word (local.get $left)))
        (local.set $page (i32.add (local.get $page) (local.get $stride)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next))))
    (i64.extend_i32_u (local.get $page)))

  ;; Reads each word and writes it back.
  (func (export "modify")
    (param $page i32) (param $stride i32) (param $count i32) (param $again i32) (param $scale i64) (result i64)
    (local $sum i64) (local $left i32) (local $place i32)
    (loop $next
      (if (local.get $count) (then
        (local.set $left (local.get $again))
        (local.set $place (i32.const 0))
        (loop $word
          (call $read (local.get $page) (local.get $place) (i32.const 8) (i32.const 0) (i32.const 0))
          (call $write (i32.const 0) (i32.const 0) (i32.const 8) (local.get $page) (local.get $place))
          (local.set $place (i32.and (i32.add (local.get $place) (i32.const 8)) (i32.const 4088)))
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (br_if $word (local.get $left)))
        (local.set $page (i32.add (local.get $page) (local.get $stride)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next))))
    (i64.extend_i32_u (local.get $page)))

  ;; Reads each page whole, and sums its words in own memory.
  (func (export "read whole")
    (param $page i32) (param $stride i32) (param $count i32) (param $again i32) (param $scale i64) (result i64)
    (local $sum i64) (local $left i32) (local $place i32)
    (loop $next
      (if (local.get $count) (then
        (call $read (local.get $page) (i32.const 0) (i32.const 4096) (i32.const 0) (i32.const 0))
        (local.set $left (local.get $again))
        (local.set $place (i32.const 0))
        (loop $word
          (local.set $sum (i64.add (local.get $sum) (i64.load (local.get $place))))
          (local.set $place (i32.and (i32.add (local.get $place) (i32.const 8)) (i32.const 4088)))
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (br_if $word (local.get $left)))
        (local.set $page (i32.add (local.get $page) (local.get $stride)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next))))
    (local.get $sum))

  ;; Reads each page whole, rewrites its words in own memory, and writes the page back whole.
  (func (export "modify whole")
    (param $page i32) (param $stride i32) (param $count i32) (param $again i32) (param $scale i64) (result i64)
    (local $left i32) (local $place i32)
    (loop $next
      (if (local.get $count) (then
        (call $read (local.get $page) (i32.const 0) (i32.const 4096) (i32.const 0) (i32.const 0))
        (local.set $left (local.get $again))
        (local.set $place (i32.const 0))
        (loop $word
          (i64.store (local.get $place) (i64.mul (i64.load (local.get $place)) (local.get $scale)))
          (local.set $place (i32.and (i32.add (local.get $place) (i32.const 8)) (i32.const 4088)))
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (br_if $word (local.get $left)))
        (call $write (i32.const 0) (i32.const 0) (i32.const 4096) (local.get $page) (i32.const 0))
        (local.set $page (i32.add (local.get $page) (local.get $stride)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next))))
    (i64.extend_i32_u (local.get $page))))
