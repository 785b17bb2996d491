;; Gives back the first bytes of a memory that is larger than the output may be.
(module
  (import "vellum" "return" (func $return (param i32 i32)))
  (import "vellum" "revert" (func $revert (param i32 i32)))
  (memory (export "memory") 32)
  (func (export "return") (param i32) (call $return (i32.const 0) (local.get 0)))
  (func (export "revert") (param i32) (call $revert (i32.const 0) (local.get 0))))
