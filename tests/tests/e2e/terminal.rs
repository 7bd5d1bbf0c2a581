//! What a person sees on a terminal.

use e2e::Stage;

#[tokio::test]
async fn a_terminal_shows_the_school_and_an_indented_summary() {
    let stage = Stage::with_class(3).await;
    let refresh = stage.refresh().into_command();
    let refresh = refresh.as_std();
    let words = std::iter::once(refresh.get_program()).chain(refresh.get_args());
    let line: Vec<_> = words.map(|word| word.to_str().unwrap()).collect();

    let output = tokio::process::Command::new("script")
        .args([
            "--quiet",
            "--return",
            "--command",
            &line.join(" "),
            "/dev/null",
        ])
        .env_clear()
        .envs(
            refresh
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("TERM", "xterm")
        .stdin(std::process::Stdio::null())
        .output()
        .await
        .unwrap();

    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{shown}");
    assert!(shown.contains("Reading from Knack"), "{shown}");
    // The students are saved, and their scores are not yet.
    assert!(shown.contains("3/6"), "{shown}");
    let summary = shown.split_once("{\r\n  \"success\": true,\r\n");
    let (_, summary) = summary.unwrap_or_else(|| panic!("not indented: {shown:?}"));
    assert!(summary.trim_end().ends_with('}'), "{summary}");
}
