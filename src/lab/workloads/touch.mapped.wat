;; `again` accesses to each of `count` pages, from `page` on and `stride` pages apart. They go over the words of the page in
;; order and start again after the last. The word at an address is always the address times `scale`.
(module
  (import "storage" "memory" (memory $storage 1))

  ;; Returns the sum of the words read.
  (func (export "read")
    (param $page i32) (param $stride i32) (param $count i32) (param $again i32) (param $scale i64) (result i64)
    (local $sum i64) (local $left i32) (local $place i32)
    (loop $next
      (if (local.get $count) (then
        (local.set $left (local.get $again))
        (local.set $place (i32.const 0))
        (loop $word
          (local.set $sum (i64.add (local.get $sum) (i64.load $storage (i32.add (i32.shl (local.get $page) (i32.const 12)) (local.get $place)))))
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
          (i64.store $storage (i32.add (i32.shl (local.get $page) (i32.const 12)) (local.get $place)) (i64.mul (i64.extend_i32_u (i32.add (i32.shl (local.get $page) (i32.const 12)) (local.get $place))) (local.get $scale)))
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
          (i64.store $storage (i32.add (i32.shl (local.get $page) (i32.const 12)) (local.get $place)) (i64.mul (i64.load $storage (i32.add (i32.shl (local.get $page) (i32.const 12)) (local.get $place))) (local.get $scale)))
          (local.set $place (i32.and (i32.add (local.get $place) (i32.const 8)) (i32.const 4088)))
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (br_if $word (local.get $left)))
        (local.set $page (i32.add (local.get $page) (local.get $stride)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next))))
    (i64.extend_i32_u (local.get $page))))
