use super::*;
use crate::fuzzing::pseudo_random;

#[test]
fn steps_are_the_same_after_they_were_text() {
    for seed in 0..200 {
        let steps = StoreSteps::of_bytes(&pseudo_random(seed, 3_000));
        assert!(steps.0.len() > 5);
        let text = steps.to_string();
        assert!(StoreSteps::has_title(&format!("# What happened.\n{text}")));
        assert_eq!(text.parse(), Ok(steps), "{text}");
    }
}

#[test]
fn a_text_that_is_no_steps_is_refused_with_its_line() {
    let write = "vellum store\nwrite failing=0 then=go_on\n";
    let cases = [
        ("", 1, "must be \"vellum store\""),
        ("vellum scenario\n", 1, "the first line of steps"),
        ("vellum store\njump failing=0 then=go_on\n", 2, "unknown step \"jump\""),
        ("vellum store\nfund contract=3 amount=1 failing=0 then=go_on\n", 2, "\"3\" must be a number below 3"),
        ("vellum store\nprune contract=0 to=256 failing=0 then=go_on\n", 2, "must be a number below 256"),
        ("vellum store\nprune contract=0 to=1 failing=0\n", 2, "lacks a field"),
        ("vellum store\nwrite failing=0 then=sleep\n", 2, "must be go_on, reopen, kill, hold or tear:NUMBER"),
        ("vellum store\nwrite failing=0 then=tear:x\n", 2, "a number of 64 bits"),
        ("vellum store\n  page contract=0 index=0 content=zeros byte=0 at=0\n", 2, "only the pages of a write"),
        (&format!("{write}  fund contract=0 index=0\n"), 3, "expected a page"),
        (&format!("{write}  page contract=0 index=1048576 content=zeros byte=0 at=0\n"), 3, "below 1048576"),
        (&format!("{write}  page contract=0 index=0 content=half byte=0 at=0\n"), 3, "zeros, byte, full or tail"),
        (&format!("{write}  page contract=0 index=0 content=byte byte=0 at=4096\n"), 3, "below 4096"),
    ];
    for (text, line, problem) in cases {
        let error = text.parse::<StoreSteps>().unwrap_err();
        assert!(error.line == line && error.problem.contains(problem), "{text}: {error}");
    }
}
