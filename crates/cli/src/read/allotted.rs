//! The memory that `calamine` allocates for a workbook, worked out before it reads one. In a damaged or hostile file of
//! a few KB, it can be gigabytes.

use std::io;

/// The number of cells that may always be allocated.
const FREE: u64 = 4 << 20;
/// Above that, the number of cells that may be allocated for each cell with content.
const PER_CELL: u64 = 50;
/// The size of a cell in memory.
pub const CELL: u64 = 24;
/// The bytes of contents that a workbook may always have, unpacked.
const FREE_BYTES: u64 = 256 << 20;
/// Above that, the bytes of contents that it may have for each byte of its file.
const PER_BYTE: u64 = 100;

/// The reason why a workbook is not read.
#[derive(Debug, PartialEq, Eq)]
pub enum Unfit {
    Damaged,
    Encrypted,
    /// The cells lie so far apart that they need this many bytes of memory.
    Sparse(u64),
    /// Unpacked, the contents are larger than this many bytes.
    Large(u64),
}

impl From<io::Error> for Unfit {
    fn from(_: io::Error) -> Self {
        Self::Damaged
    }
}

/// The most bytes of contents that a file of this size may have, unpacked.
pub fn most_bytes(file: u64) -> u64 {
    file.saturating_mul(PER_BYTE).max(FREE_BYTES)
}

/// The cells of all sheets.
#[derive(Default)]
pub struct Cells {
    /// The number of those with content.
    pub count: u64,
    /// The number of those to allocate.
    pub allotted: u64,
    /// The bytes of their texts.
    pub text: u64,
}

impl Cells {
    /// Fails if a file of this size may not have these cells.
    pub fn fit(&self, file: u64) -> Result<(), Unfit> {
        let most = most_bytes(file);
        match () {
            () if self.text > most => Err(Unfit::Large(most)),
            () if self.allotted > FREE.max(self.count.saturating_mul(PER_CELL)) => {
                Err(Unfit::Sparse(self.allotted.saturating_mul(CELL)))
            }
            () => Ok(()),
        }
    }
}

/// The smallest rectangle around some cells.
#[derive(Default)]
pub struct Rectangle(Option<[u64; 4]>);

impl Rectangle {
    /// Adds the cells from the first to the last of these rows, and of these columns.
    pub fn add(&mut self, [first_row, last_row]: [u64; 2], [first, last]: [u64; 2]) {
        let around = [first_row, last_row, first, last];
        let [top, bottom, left, right] = self.0.unwrap_or(around);
        self.0 = Some([
            top.min(first_row),
            bottom.max(last_row),
            left.min(first),
            right.max(last),
        ]);
    }

    /// The number of cells in it.
    pub fn area(&self) -> u64 {
        let Some([top, bottom, left, right]) = self.0 else {
            return 0;
        };
        let rows = (bottom - top).saturating_add(1);
        rows.saturating_mul((right - left).saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_may_have_larger_contents() {
        assert_eq!(most_bytes(0), FREE_BYTES);
        assert_eq!(most_bytes(100 << 20), (100 << 20) * PER_BYTE);
        let text = FREE_BYTES + 1;
        let cells = || Cells {
            text,
            ..Cells::default()
        };
        assert_eq!(cells().fit(1_000), Err(Unfit::Large(FREE_BYTES)));
        assert_eq!(cells().fit(10 << 20), Ok(()));
    }

    #[test]
    fn a_rectangle_is_the_smallest_around_its_cells() {
        let mut rectangle = Rectangle::default();
        assert_eq!(rectangle.area(), 0);
        rectangle.add([3, 4], [2, 2]);
        assert_eq!(rectangle.area(), 2);
        rectangle.add([9, 9], [1, 5]);
        assert_eq!(rectangle.area(), 7 * 5);
        rectangle.add([0, u64::MAX], [0, u64::MAX]);
        assert_eq!(rectangle.area(), u64::MAX);
    }
}
