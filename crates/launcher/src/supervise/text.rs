//! Makes a refresh's texts fit for display: short, and without control characters, direction marks, secrets, addresses
//! or tokens.

/// The beginning of a text, without control characters and secrets, and with masked words: e-mails (in a query's spelling too), URLs with a password, and anyone's tokens.
pub(crate) fn masked(text: &str, secrets: &[String], longest: usize) -> String {
    let text = without_secrets(text, secrets);
    let words: Vec<&str> = text.split(' ').map(mask).collect();
    words.join(" ").chars().take(longest).collect()
}

fn without_secrets(text: &str, secrets: &[String]) -> String {
    // Control characters first: without them, two parts of a secret would become one.
    let is_shown = |c: &char| !c.is_control() && !reorders(*c);
    let mut text: String = text.chars().filter(is_shown).collect();
    for secret in secrets {
        text = text.replace(secret, "[secret]");
    }
    text
}

/// Whether it makes the text around it appear in another order than it is written.
fn reorders(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn mask(word: &str) -> &str {
    let is_personal = ["@", "%40", "eyJ"].iter().any(|sign| word.contains(sign));
    if is_personal { "[masked]" } else { word }
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_text_holds_no_email_no_token_and_no_password_of_a_url() {
        let text =
            "ann@example.test of ?email=eq.ann%40x via http://u:p@proxy with eyJhbGciOi.x.y failed";
        assert_eq!(
            masked(text, &[], 500),
            "[masked] of [masked] via [masked] with [masked] failed"
        );
    }

    #[test]
    fn a_text_holds_no_secret_and_forges_no_other_line() {
        let secrets = ["hidden-key".to_owned()];
        let text = masked("with hidden-key\r\x1b[31m and \u{fffd}", &secrets, 500);
        assert_eq!(text, "with [secret][31m and \u{fffd}");
        assert_eq!(masked("hidden\r-\0key", &secrets, 500), "[secret]");
        assert_eq!(masked("with hidden-key", &secrets, 8), "with [se");
        assert_eq!(masked("ééé", &secrets, 2), "éé");
        assert_eq!(
            masked("ok \u{202e}deliaf\u{2066}", &secrets, 99),
            "ok deliaf"
        );
        let joined = "\u{645}\u{200c}\u{647}";
        assert_eq!(masked(joined, &secrets, 99), joined);
    }
}
