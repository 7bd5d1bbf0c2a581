//! What the body of an answer is read as.

use crate::KnackError;

pub(crate) trait Answer: Sized {
    fn parse(body: Vec<u8>) -> Result<Self, KnackError>;
}
