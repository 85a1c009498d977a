//! Tables of fields by their names.
#![expect(
    clippy::indexing_slicing,
    reason = "there is a place for each value of five bits, and names stand in a loop over them"
)]

/// What there is to know of some fields, by their names in lower case.
///
/// Most fields of a head are in no table. For nearly all of them the first letter and the length of
/// their names say so, and no names are compared.
pub(crate) struct ByName<T: 'static> {
    fields: &'static [(&'static str, T)],
    /// For each first letter, by its low five bits: a bit for each length of names.
    lengths: [u64; 32],
}

impl<T> ByName<T> {
    /// Makes the table of these fields.
    pub(crate) const fn of(fields: &'static [(&'static str, T)]) -> Self {
        let mut lengths = [0; 32];
        let mut at = 0;
        while at < fields.len() {
            let name = fields[at].0.as_bytes();
            lengths[(name[0] & 0x1f) as usize] |= 1 << (name.len() % 64);
            at += 1;
        }
        Self { fields, lengths }
    }

    /// Returns what there is to know of a field.
    #[inline]
    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        let first = name.as_bytes().first()? & 0x1f;
        if self.lengths[usize::from(first)] >> (name.len() % 64) & 1 == 0 {
            return None;
        }
        let mut fields = self.fields.iter();
        fields.find(|field| field.0 == name).map(|field| &field.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        static TABLE: ByName<u8> = ByName::of(&[("etag", 1), ("x-a", 2), ("x-b", 3)]);
        for (name, expected) in [
            ("etag", Some(1)),
            ("x-a", Some(2)),
            ("x-b", Some(3)),
            ("x-c", None),
            ("X-B", None),
            ("x-ab", None),
            ("elag", None),
            ("date", None),
            ("e", None),
            ("", None),
            ("%tag", None),
        ] {
            assert_eq!(TABLE.get(name).copied(), expected, "{name}");
        }
        assert_eq!(TABLE.get(&"e".repeat(68)), None);
    }
}
