;; One export for each way in which a call can end. All of them write storage first.
(module
  (import "storage" "memory" (memory $storage 1))
  (import "vellum" "input_len" (func $input_len (result i32)))
  (import "vellum" "input_copy" (func $input_copy (param i32 i32 i32)))
  (import "vellum" "return" (func $return (param i32 i32)))
  (import "vellum" "revert" (func $revert (param i32 i32)))
  (import "vellum" "log" (func $log (param i32 i32)))
  (import "vellum" "value" (func $value (result i64)))
  (import "vellum" "block_number" (func $block_number (result i64)))
  (import "vellum" "timestamp" (func $timestamp (result i64)))
  (import "vellum" "caller" (func $caller (param i32)))
  (memory $own (export "memory") 1)
  (data (memory $own) (i32.const 1024) "hello, page")

  (func $touch (i32.store8 $storage (i32.const 5000) (i32.const 1)))

  (func (export "nothing"))

  ;; Gives the input back.
  (func (export "echo")
    (call $touch)
    (call $input_copy (i32.const 0) (i32.const 0) (call $input_len))
    (call $return (i32.const 0) (call $input_len)))

  (func (export "revert")
    (call $touch)
    (call $revert (i32.const 1024) (i32.const 5)))

  (func (export "trap") (call $touch) (unreachable))

  (func (export "loop") (call $touch) (loop $again (br $again)))

  (func $deeper (export "recurse")
    (call $touch)
    (call $deeper))

  ;; The input goes back, once more and once more, until the stack or the depth is used up; not in tail position.
  (func $deep (export "recurse_with_result") (param $n i64) (result i64)
    (i64.add (call $deep (i64.add (local.get $n) (i64.const 1))) (i64.const 1)))

  (func (export "beyond") (call $touch) (drop (i64.load $storage (i32.const -8))))

  (func (export "log") (call $log (i32.const 1024) (i32.const 11)))

  (func (export "types") (param i32 i64) (result i32 i64) (local.get 0) (local.get 1))

  ;; What the transaction says of itself: value, block number, timestamp.
  (func (export "context") (result i64 i64 i64)
    (call $value) (call $block_number) (call $timestamp))

  (func (export "caller")
    (call $caller (i32.const 0))
    (call $return (i32.const 0) (i32.const 20))))
