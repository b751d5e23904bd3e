//! The records of the input, in pieces, so that a growing list does not move or copy them.

/// The number of records of a piece.
const PIECE: usize = 1_024;

/// A list of records with fixed places.
#[derive(Debug)]
pub(super) struct Records<R>(Vec<Vec<R>>);

impl<R> Default for Records<R> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<R> Records<R> {
    pub(super) fn add(&mut self, record: R) {
        match self.0.last_mut().filter(|piece| piece.len() < PIECE) {
            Some(piece) => piece.push(record),
            None => {
                let mut piece = Vec::with_capacity(PIECE);
                piece.push(record);
                self.0.push(piece);
            }
        }
    }

    pub(super) fn count(&self) -> usize {
        self.0
            .last()
            .map_or(0, |last| (self.0.len() - 1) * PIECE + last.len())
    }

    pub(super) fn get(&self, place: usize) -> Option<&R> {
        self.0.get(place / PIECE)?.get(place % PIECE)
    }

    pub(super) fn each(&self) -> impl Iterator<Item = &R> {
        self.0.iter().flatten()
    }

    /// Takes a record out, and leaves an empty one in its place.
    pub(super) fn take(&mut self, place: usize) -> Option<R>
    where
        R: Default,
    {
        let record = self.0.get_mut(place / PIECE)?.get_mut(place % PIECE)?;
        Some(std::mem::take(record))
    }
}

impl<R> FromIterator<R> for Records<R> {
    fn from_iter<I: IntoIterator<Item = R>>(records: I) -> Self {
        let mut list = Self::default();
        records.into_iter().for_each(|record| list.add(record));
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_record_is_at_its_place_until_it_is_taken() {
        for count in [0, 1, PIECE, PIECE + 1, 3 * PIECE - 1] {
            let mut records: Records<String> = (0..count).map(|n| n.to_string()).collect();
            assert_eq!(records.count(), count);
            assert!(
                records
                    .each()
                    .cloned()
                    .eq((0..count).map(|n| n.to_string()))
            );
            assert_eq!(records.get(count), None);
            if let Some(last) = count.checked_sub(1) {
                assert_eq!(records.take(last), Some(last.to_string()));
                assert_eq!(records.get(last), Some(&String::new()));
            }
        }
    }
}
