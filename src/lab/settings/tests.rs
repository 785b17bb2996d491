use super::*;

#[test]
fn the_settings_compiled_in_are_valid_and_survive_a_round_trip() {
    for settings in [Settings::quick(), Settings::full(), Settings::tiny()] {
        let text = serde_json::to_vec(&settings).unwrap();
        assert_eq!(Settings::parse("again", &text).unwrap(), settings);
        assert!(settings.workloads().len() > 10);
    }
}

#[test]
fn a_setting_is_changed_by_name_and_only_to_a_valid_value() {
    let quick = Settings::quick();
    assert_eq!(quick.with("rounds=7").unwrap(), Settings { rounds: 7, ..quick.clone() });
    assert_eq!(
        quick.with("workloads.1.accounts=9").unwrap().workloads[1],
        WorkloadSettings::Token { accounts: 9, transfers: 1 }
    );
    let pagers = quick.with("pagers=[\"uffd\"]").unwrap().pagers;
    assert_eq!(pagers, [PagerKind::Uffd]);
    for (assignment, said) in [
        ("rounds", "it should be NAME=VALUE"),
        ("rounds=many", "the value should be JSON, such as 41 or [1, 2]: "),
        ("rounds=4", "rounds should be 5 to 100000, but is 4"),
        ("rounds=-1", "invalid value: integer `-1`"),
        ("round=7", "no setting is called \"round\"; there are: rounds, layings, sample_us, seed, "),
        ("rounds.more=7", "no setting is called \"more\"; there are: none inside it"),
        ("workloads.99.pages=7", "no setting is called \"99\"; there are: 0 to 10"),
        ("pagers=[\"hard\"]", "unknown pager \"hard\": it must be eager, soft"),
        ("workloads=[{\"name\":\"toke\"}]", "unknown variant `toke`, expected one of `counter`, `token`"),
        ("workloads=[{\"name\":\"scan\",\"page\":1}]", "unknown field `page`, expected `pages`"),
        ("workloads=[{\"name\":\"scan\",\"pages\":257}]", "pages of scan should be 1 to 256, but is 257"),
        ("growth.stored_pages=[7,6]", "growth.stored_pages should be ascending"),
        ("growth.changed_pages=[16386]", "growth.changed_pages should be 1 to 16385, but is 16386"),
        ("fault={\"pages\":1,\"pager\":2}", "unknown field `pager`, expected one of"),
    ] {
        let error = quick.with(assignment).unwrap_err().to_string();
        assert!(error.contains(assignment) && error.contains(said), "{error}");
    }
}

#[test]
fn a_refused_settings_file_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lab.json");
    assert!(Settings::read(&path).unwrap_err().to_string().contains("lab.json"));
    for (text, said) in [("{}", "missing field `rounds`"), ("{\"rounds\": 41, \"more\": 1}", "unknown field `more`")] {
        fs::write(&path, text).unwrap();
        let error = Settings::read(&path).unwrap_err().to_string();
        assert!(error.contains("lab.json") && error.contains(said), "{error}");
    }
}
