//! Points in time, as Copper writes them, turned into the types that programs use.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::types::Timestamp;

impl Timestamp {
    /// Now, by this machine's clock.
    pub fn now() -> Self {
        SystemTime::now().into()
    }
}

impl From<SystemTime> for Timestamp {
    /// Cuts off what is less than a second.
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

/// A time that the wanted type can't hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfRange(pub Timestamp);

impl std::fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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
