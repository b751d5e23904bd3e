//! Points in time, as Copper writes them, and conversions to the types that programs use.

use std::{
    fmt,
    num::ParseIntError,
    ops::Deref,
    str::FromStr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

// Handwritten in place of the generated type, so that values don't depend on generated code.
/// A point in time, in whole seconds since 1970-01-01 00:00:00 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Deref for Timestamp {
    type Target = i64;

    fn deref(&self) -> &i64 {
        &self.0
    }
}

impl From<i64> for Timestamp {
    fn from(seconds: i64) -> Self {
        Self(seconds)
    }
}

impl From<Timestamp> for i64 {
    fn from(time: Timestamp) -> Self {
        time.0
    }
}

impl FromStr for Timestamp {
    type Err = ParseIntError;

    fn from_str(seconds: &str) -> Result<Self, ParseIntError> {
        seconds.parse().map(Self)
    }
}

impl fmt::Display for Timestamp {
    /// Writes the seconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Timestamp {
    /// Returns the time now, by this machine's clock.
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// In the usual form, in UTC.
    pub(crate) fn utc(self) -> String {
        let (days, seconds) = (self.0.div_euclid(86_400), self.0.rem_euclid(86_400));
        // Years begin on 1 March here, so that the leap day is the last day, in eras of 400 years.
        let days = days.saturating_add(719_468);
        let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = era * 400 + year + i64::from(month <= 2);
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
        format!(
            "{year}-{month:02}-{day:02} {hours:02}:{minutes:02}:{:02} UTC",
            seconds % 60
        )
    }
}

impl From<SystemTime> for Timestamp {
    /// Drops fractions of a second.
    fn from(time: SystemTime) -> Self {
        let seconds = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
            Err(before) => {
                let before = before.duration();
                let seconds = i64::try_from(before.as_secs()).unwrap_or(i64::MAX);
                -seconds - i64::from(before.subsec_nanos() > 0)
            }
        };
        Self(seconds)
    }
}

impl TryFrom<Timestamp> for SystemTime {
    type Error = OutOfRange;

    fn try_from(time: Timestamp) -> Result<Self, OutOfRange> {
        let distance = Duration::from_secs(time.0.unsigned_abs());
        let moved = if time.0 < 0 {
            UNIX_EPOCH.checked_sub(distance)
        } else {
            UNIX_EPOCH.checked_add(distance)
        };
        moved.ok_or(OutOfRange(time))
    }
}

/// A time that the other type can't hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfRange(pub Timestamp);

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} seconds from 1970 are out of range", self.0)
    }
}

impl std::error::Error for OutOfRange {}

#[cfg(feature = "chrono")]
mod with_chrono {
    use chrono::{DateTime, Utc};

    use super::{OutOfRange, Timestamp};

    impl From<DateTime<Utc>> for Timestamp {
        fn from(time: DateTime<Utc>) -> Self {
            Self(time.timestamp())
        }
    }

    impl TryFrom<Timestamp> for DateTime<Utc> {
        type Error = OutOfRange;

        fn try_from(time: Timestamp) -> Result<Self, OutOfRange> {
            DateTime::from_timestamp(time.0, 0).ok_or(OutOfRange(time))
        }
    }
}

#[cfg(feature = "jiff")]
mod with_jiff {
    use super::{OutOfRange, Timestamp};

    impl From<jiff::Timestamp> for Timestamp {
        fn from(time: jiff::Timestamp) -> Self {
            let before = time.subsec_nanosecond() < 0;
            Self(time.as_second() - i64::from(before))
        }
    }

    impl TryFrom<Timestamp> for jiff::Timestamp {
        type Error = OutOfRange;

        fn try_from(time: Timestamp) -> Result<Self, OutOfRange> {
            Self::from_second(time.0).map_err(|_| OutOfRange(time))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_seconds_survive_a_round_trip_before_and_after_1970() {
        for seconds in [0, 1, -1, 1_518_595_200, -1_518_595_200] {
            let time = SystemTime::try_from(Timestamp(seconds)).expect("in range");
            assert_eq!(Timestamp::from(time), Timestamp(seconds));
        }
    }

    #[test]
    fn people_can_read_it() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (-1, "1969-12-31 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (1_518_595_200, "2018-02-14 08:00:00 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(Timestamp(seconds).utc(), text);
        }
        Timestamp(i64::MIN).utc();
        Timestamp(i64::MAX).utc();
    }

    #[test]
    fn parts_of_a_second_are_cut_off_towards_the_past() {
        let half = Duration::from_millis(500);
        assert_eq!(Timestamp::from(UNIX_EPOCH + half), Timestamp(0));
        assert_eq!(Timestamp::from(UNIX_EPOCH - half), Timestamp(-1));
    }

    #[cfg(feature = "chrono")]
    #[test]
    fn chrono_knows_the_same_time() {
        let time =
            chrono::DateTime::<chrono::Utc>::try_from(Timestamp(1_518_595_200)).expect("in range");
        assert_eq!(format!("{time:?}"), "2018-02-14T08:00:00Z");
        assert_eq!(Timestamp::from(time), Timestamp(1_518_595_200));
        assert_eq!(
            chrono::DateTime::<chrono::Utc>::try_from(Timestamp(i64::MAX)),
            Err(OutOfRange(Timestamp(i64::MAX)))
        );
    }

    #[cfg(feature = "jiff")]
    #[test]
    fn jiff_knows_the_same_time() {
        let time = jiff::Timestamp::try_from(Timestamp(1_518_595_200)).expect("in range");
        assert_eq!(time.to_string(), "2018-02-14T08:00:00Z");
        assert_eq!(Timestamp::from(time), Timestamp(1_518_595_200));
        assert_eq!(
            Timestamp::from(jiff::Timestamp::from_millisecond(-500).expect("in range")),
            Timestamp(-1)
        );
        assert_eq!(
            jiff::Timestamp::try_from(Timestamp(i64::MAX)),
            Err(OutOfRange(Timestamp(i64::MAX)))
        );
    }
}
