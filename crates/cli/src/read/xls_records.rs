//! The records of an `.xls`, one after the other: a type, a length, and so many bytes.

/// The types of records that matter, by [MS-XLS].
///
/// [MS-XLS]: https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-xls/
pub mod record {
    pub const FORMULA: u16 = 0x0006;
    pub const EOF: u16 = 0x000A;
    pub const CONTINUE: u16 = 0x003C;
    pub const BOUND_SHEET: u16 = 0x0085;
    pub const MUL_RK: u16 = 0x00BD;
    pub const XF: u16 = 0x00E0;
    pub const MERGED_CELLS: u16 = 0x00E5;
    pub const R_STRING: u16 = 0x00D6;
    pub const SST: u16 = 0x00FC;
    pub const LABEL_SST: u16 = 0x00FD;
    pub const DIMENSIONS: u16 = 0x0200;
    pub const NUMBER: u16 = 0x0203;
    pub const LABEL: u16 = 0x0204;
    pub const BOOL_ERR: u16 = 0x0205;
    pub const STRING: u16 = 0x0207;
    pub const ROW: u16 = 0x0208;
    pub const FORMAT: u16 = 0x041E;
    pub const BOF: u16 = 0x0809;
    pub const RK: u16 = 0x027E;
}

pub struct Record<'s> {
    pub kind: u16,
    pub data: &'s [u8],
}

/// Steps through the records of a stream.
pub struct Records {
    /// The place of the next record.
    pub at: usize,
}

impl Records {
    pub fn next<'s>(&mut self, stream: &'s [u8]) -> Option<Record<'s>> {
        let rest = stream.get(self.at..)?;
        let (kind, length) = (number(rest, 0)?, number(rest, 2)?);
        let data = rest.get(4..4 + length as usize)?;
        self.at += 4 + data.len();
        let kind = kind as u16;
        Some(Record { kind, data })
    }
}

/// Returns the number of two bytes at this place.
pub fn number(data: &[u8], at: usize) -> Option<u64> {
    let bytes: [u8; 2] = data.get(at..at + 2)?.try_into().ok()?;
    Some(u16::from_le_bytes(bytes).into())
}
