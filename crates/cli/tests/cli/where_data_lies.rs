//! The guide's page about files names each file that an option of the program names.

use copper_crm_cli::args;

const PAGE: &str = include_str!("../../../../src/guide/where_data_lies.md");

#[test]
fn each_file_of_an_option_is_on_the_page_that_says_where_data_lies() {
    let mut names = 0;
    for command in args::command().get_subcommands() {
        for option in command.get_arguments() {
            let is_file = option
                .get_value_names()
                .is_some_and(|values| values.iter().any(|value| value.starts_with("FILE")));
            if let (true, Some(name)) = (is_file, option.get_long()) {
                names += 1;
                assert!(
                    PAGE.contains(&format!("--{name}")),
                    "{}: --{name}",
                    command.get_name()
                );
            }
        }
    }
    assert!(names >= 10, "{names}");
}
