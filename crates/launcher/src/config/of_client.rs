//! The settings of the commands that call a launcher (`refresh`, `schools` and `runs`), and the HTTP client that they
//! use.

use reqwest::Client;
use secrecy::SecretString;
use settings::value::{secret, secure_url};
use settings::{Declared, Environment, InvalidSettings, Reader, Setting};
use url::Url;

const URL: Setting<Url> = Setting::with_default(
    "LAUNCHER_URL",
    "where `sync-launcher refresh`, `schools` and `runs` find the launcher",
    "http://127.0.0.1:8080",
    secure_url,
);

const TOKEN: Setting<SecretString> = Setting::without(
    "LAUNCHER_TOKEN",
    "the token that they present to it, of `sync-launcher token new`",
    "none: for a launcher with `LAUNCHER_AUTH=none`",
    secret,
)
.secret();

/// All of them, as the documents list them.
pub(crate) const ALL: [Declared; 2] = [URL.declared(), TOKEN.declared()];

/// How a launcher is called.
pub(crate) struct ClientConfig {
    pub(crate) url: Url,
    pub(crate) token: Option<SecretString>,
    pub(crate) http: Client,
}

impl ClientConfig {
    pub(crate) fn read(environment: &Environment) -> Result<Self, InvalidSettings> {
        let mut reader = Reader::of(environment);
        let url = reader.read(&URL);
        let token = reader.read(&TOKEN);
        reader.finish()?;
        let url = url.expect("it has a default");
        let http = settings::client_of(environment, &url)?;
        Ok(Self { url, token, http })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<ClientConfig, String> {
        let set = set.iter();
        let environment =
            Environment::of(set.map(|(name, value)| ((*name).to_owned(), (*value).into())));
        ClientConfig::read(&environment).map_err(|error| error.to_string())
    }

    #[test]
    fn a_token_travels_encrypted_or_within_the_machine_only() {
        for (url, is_fine) in [
            ("http://127.0.0.1:8080", true),
            ("http://localhost:8080", true),
            ("https://refresh.school.example", true),
            ("http://refresh.school.example", false),
            ("refresh.school.example", false),
            ("https://user:canary@refresh.school.example", false),
        ] {
            let read = read(&[("LAUNCHER_URL", url), ("LAUNCHER_TOKEN", "vsr_x")]);
            assert_eq!(read.is_ok(), is_fine, "{url}");
        }
        let config = read(&[]).expect("nothing has to be set");
        assert!(config.token.is_none());
        assert_eq!(config.url.as_str(), "http://127.0.0.1:8080/");
        let said = read(&[("LAUNCHER_TOKEN", "Bearer canary")]).err().unwrap();
        assert!(
            said.contains("LAUNCHER_TOKEN") && !said.contains("canary"),
            "{said}"
        );
    }
}
