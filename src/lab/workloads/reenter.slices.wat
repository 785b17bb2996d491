;; A contract that re-enters itself, directly or through a relay. Only the first word of each page is used.
;; Own memory: from 0 the message that each call passes on: the 20 bytes of the address to call, 4 bytes each for level,
;; depth, pages and ends, and 8 for the seed. From 64 the name of the function, from 72 the output of a call, and from 80 a
;; word of storage.
(module
  (import "vellum" "input_len" (func $input_len (result i32)))
  (import "vellum" "input_copy" (func $input_copy (param i32 i32 i32)))
  (import "vellum" "self_address" (func $self_address (param i32)))
  (import "vellum" "call" (func $call_contract (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "vellum" "output_copy" (func $output_copy (param i32 i32 i32)))
  (import "vellum" "return" (func $return (param i32 i32)))
  (import "vellum" "revert" (func $revert (param i32 i32)))
  (import "svm" "storage_read_to_mem" (func $read (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_write_from_mem" (func $write (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "enter")

  ;; Writes the word of each page below $count: the page's index plus 1.
  (func (export "lay") (param $count i32) (result i64)
    (local $page i32)
    (local.set $page (i32.const 0))
    (loop $next
      (if (i32.lt_u (local.get $page) (local.get $count)) (then
          (i64.store (i32.const 80) (i64.extend_i32_u (i32.add (local.get $page) (i32.const 1))))
          (call $write (i32.const 0) (i32.const 80) (i32.const 8) (local.get $page) (i32.const 0))
          (local.set $page (i32.add (local.get $page) (i32.const 1)))
          (br $next))))
    (i64.extend_i32_u (local.get $count)))

  ;; Reads some pages, inverts the words of some pages, makes $calls chains of nested calls of depth $depth, and inverts the
  ;; words again. Returns the sum of everything read and all outputs.
  (func (export "chains")
    (param $calls i32) (param $depth i32) (param $pages i32) (param $ends i32) (param $before i32) (param $read i32)
    (param $seed i64) (result i64)
    (local $sum i64) (local $page i32)
    (if (call $input_len)
      (then (call $input_copy (i32.const 0) (i32.const 0) (i32.const 20)))
      (else (call $self_address (i32.const 0))))
    (i32.store offset=24 (i32.const 0) (local.get $depth))
    (i32.store offset=28 (i32.const 0) (local.get $pages))
    (i32.store offset=32 (i32.const 0) (local.get $ends))
    (i64.store offset=36 (i32.const 0) (local.get $seed))
    (local.set $page (i32.const 0))
    (loop $next
      (if (i32.lt_u (local.get $page) (local.get $read)) (then
          (call $read (local.get $page) (i32.const 0) (i32.const 8) (i32.const 0) (i32.const 80))
          (local.set $sum (i64.add (local.get $sum) (i64.load (i32.const 80))))
          (local.set $page (i32.add (local.get $page) (i32.const 1)))
          (br $next))))
    (local.set $page (i32.const 0))
    (loop $next
      (if (i32.lt_u (local.get $page) (local.get $before)) (then
          (call $read (local.get $page) (i32.const 0) (i32.const 8) (i32.const 0) (i32.const 80))
          (i64.store (i32.const 80) (i64.xor (i64.load (i32.const 80)) (i64.const -1)))
          (call $write (i32.const 0) (i32.const 80) (i32.const 8) (local.get $page) (i32.const 0))
          (local.set $page (i32.add (local.get $page) (i32.const 1)))
          (br $next))))
    (loop $chain
      (if (local.get $calls) (then
          (local.set $sum (i64.add (local.get $sum) (call $go_on (i32.const 1))))
          (local.set $calls (i32.sub (local.get $calls) (i32.const 1)))
          (br $chain))))
    (local.set $page (i32.const 0))
    (loop $next
      (if (i32.lt_u (local.get $page) (local.get $before)) (then
          (call $read (local.get $page) (i32.const 0) (i32.const 8) (i32.const 0) (i32.const 80))
          (local.set $sum (i64.add (local.get $sum) (i64.load (i32.const 80))))
          (i64.store (i32.const 80) (i64.xor (i64.load (i32.const 80)) (i64.const -1)))
          (call $write (i32.const 0) (i32.const 80) (i32.const 8) (local.get $page) (i32.const 0))
          (local.set $page (i32.add (local.get $page) (i32.const 1)))
          (br $next))))
    (local.get $sum))

  ;; Calls the contract whose address is at 0. Returns its output and its status.
  (func $go_on (param $level i32) (result i64)
    (local $status i32)
    (i32.store offset=20 (i32.const 0) (local.get $level))
    (local.set $status (call $call_contract
      (i32.const 0) (i32.const 64) (i32.const 5) (i32.const 0) (i32.const 44) (i64.const 0) (i64.const 0)))
    (call $output_copy (i32.const 72) (i32.const 0) (i32.const 8))
    (i64.add (i64.load (i32.const 72)) (i64.extend_i32_u (local.get $status))))

  ;; A call of the chain. It writes to each of its pages a word made of seed, level and page, makes the next call, and reads
  ;; the first page. Its output is the sum of that word and the next call's output. It returns, or reverts as $ends demands.
  (func (export "enter")
    (local $level i32) (local $page i32) (local $pages i32) (local $ends i32)
    (local $seed i64) (local $sum i64)
    (call $input_copy (i32.const 0) (i32.const 0) (i32.const 44))
    (local.set $level (i32.load offset=20 (i32.const 0)))
    (local.set $pages (i32.load offset=28 (i32.const 0)))
    (local.set $ends (i32.load offset=32 (i32.const 0)))
    (local.set $seed (i64.load offset=36 (i32.const 0)))
    (local.set $page (i32.const 0))
    (loop $next
      (if (i32.lt_u (local.get $page) (local.get $pages)) (then
          (i64.store (i32.const 80) (i64.add (local.get $seed)
            (i64.add (i64.mul (i64.extend_i32_u (local.get $level)) (i64.const 0x9E3779B97F4A7C15)) (i64.extend_i32_u (local.get $page)))))
          (call $write (i32.const 0) (i32.const 80) (i32.const 8) (local.get $page) (i32.const 0))
          (local.set $page (i32.add (local.get $page) (i32.const 1)))
          (br $next))))
    (if (i32.lt_u (local.get $level) (i32.load offset=24 (i32.const 0))) (then
        (local.set $sum (call $go_on (i32.add (local.get $level) (i32.const 1))))))
    (if (local.get $pages) (then
        (call $read (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 0) (i32.const 80))
        (local.set $sum (i64.add (local.get $sum) (i64.load (i32.const 80))))))
    (i64.store (i32.const 72) (local.get $sum))
    ;; 1: the innermost call reverts; 2: every second call reverts.
    (if (i32.or
        (i32.and (i32.eq (local.get $ends) (i32.const 1))
          (i32.eq (local.get $level) (i32.load offset=24 (i32.const 0))))
        (i32.and (i32.eq (local.get $ends) (i32.const 2)) (i32.and (local.get $level) (i32.const 1))))
      (then (call $revert (i32.const 72) (i32.const 8))))
    (call $return (i32.const 72) (i32.const 8))))
