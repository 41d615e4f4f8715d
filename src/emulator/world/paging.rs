//! The two ways in which lists come in pages.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use super::call::{Params, illegal};
use crate::emulator::message::Refusal;

/// A page by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    /// From 1.
    pub(super) number: usize,
    /// How many on one page.
    pub(super) size: usize,
}

impl Page {
    /// `PageNumber` (1) and `PageSize` (`default`, at most `max`).
    pub(super) fn of(params: &Params, default: usize, max: usize) -> Result<Self, Refusal> {
        let number = params.number("PageNumber", 1..=usize::MAX)?.unwrap_or(1);
        let size = params.number("PageSize", 1..=max)?.unwrap_or(default);
        Ok(Self { number, size })
    }

    /// A page that is smaller than was asked for, and says so.
    pub(super) fn at_most(self, most: usize) -> Self {
        Self { size: self.size.min(most), ..self }
    }

    /// This page of all.
    pub(super) fn cut<T>(self, all: Vec<T>) -> Vec<T> {
        all.into_iter().skip((self.number - 1).saturating_mul(self.size)).take(self.size).collect()
    }
}

/// A page that begins after a marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marked {
    /// How many on one page.
    pub(super) size: usize,
    after: Option<String>,
}

impl Marked {
    /// The page of `size` that `token` asks for; the token is what the last page gave.
    pub(super) fn of(size: usize, token: Option<&str>) -> Result<Self, Refusal> {
        let after = token
            .map(|token| BASE64.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok()))
            .map(|after| after.ok_or_else(|| illegal("NextToken")))
            .transpose()?;
        Ok(Self { size, after })
    }

    /// This page of all, which are sorted by `key`, and the token of the next one (empty if there is none).
    pub(super) fn cut<T>(&self, all: Vec<T>, key: impl Fn(&T) -> &str) -> (Vec<T>, String) {
        let mut page: Vec<T> =
            all.into_iter().filter(|item| self.after.as_deref().is_none_or(|after| key(item) > after)).collect();
        let more = page.len() > self.size;
        page.truncate(self.size);
        let next = page.last().filter(|_| more).map(|last| BASE64.encode(key(last))).unwrap_or_default();
        (page, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_pages_end_with_the_list() {
        let page = |number, size| Page { number, size }.cut(vec![1, 2, 3, 4, 5]);
        assert_eq!((page(1, 2), page(3, 2), page(4, 2)), (vec![1, 2], vec![5], vec![]));
        assert!(page(usize::MAX, usize::MAX).is_empty());
    }

    #[test]
    fn marked_pages_go_on_where_the_last_one_ended() {
        let all = || vec!["a", "b", "c"];
        let (first, token) = Marked::of(2, None).unwrap().cut(all(), |item| item);
        assert_eq!(first, ["a", "b"]);
        let (second, end) = Marked::of(2, Some(&token)).unwrap().cut(all(), |item| item);
        assert_eq!((second, end.as_str()), (vec!["c"], ""));
        assert_eq!(Marked::of(2, Some("?")).unwrap_err().code, "IllegalParam.NextToken");
    }
}
