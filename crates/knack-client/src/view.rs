//! A view of Knack's live app: the records that one of its pages shows to the user who has signed in.

use std::str::FromStr;

/// A view, written `scene_12/view_34` as in the builder's address bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    pub(crate) scene: String,
    pub(crate) key: String,
}

/// The text does not name a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a view is written like scene_12/view_34")]
pub struct InvalidView;

impl FromStr for View {
    type Err = InvalidView;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scene, key) = text.split_once('/').ok_or(InvalidView)?;
        let is_numbered = |text: &str, prefix: &str| {
            text.strip_prefix(prefix).is_some_and(|number| {
                (1..=9).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
            })
        };
        if is_numbered(scene, "scene_") && is_numbered(key, "view_") {
            Ok(Self {
                scene: scene.to_owned(),
                key: key.to_owned(),
            })
        } else {
            Err(InvalidView)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_two_numbered_keys_and_nothing_else() {
        assert!("scene_12/view_34".parse::<View>().is_ok());
        for text in [
            "",
            "scene_12",
            "view_34/scene_12",
            "scene_/view_1",
            "scene_1/view_2/..",
            "scene_1/view_2?x",
        ] {
            assert_eq!(text.parse::<View>(), Err(InvalidView), "{text}");
        }
    }
}
