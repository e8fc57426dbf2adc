//! What a trial saw, as Markdown, and which bars it missed.

use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::Done;

/// Collects what missed its bar, so that one miss does not hide another.
pub(crate) struct Report {
    timed: bool,
    misses: Vec<String>,
}

impl Report {
    /// `timed` says whether bars on time count: on a busy machine they would tell about the machine.
    pub(crate) fn new(timed: bool) -> Self {
        Self { timed, misses: Vec::new() }
    }

    /// A bar that holds on any machine.
    pub(crate) fn bar(&mut self, held: bool, miss: impl FnOnce() -> String) {
        if !held {
            let miss = miss();
            println!("MISSED: {miss}");
            self.misses.push(miss);
        }
    }

    /// A bar on times or rates.
    pub(crate) fn timed_bar(&mut self, held: bool, miss: impl FnOnce() -> String) {
        self.bar(held || !self.timed, miss);
    }

    pub(crate) fn verdict(self) -> Done {
        if self.misses.is_empty() {
            println!("\nall bars held");
            return Ok(());
        }
        Err(format!("{} missed: {}", if self.misses.len() == 1 { "a bar" } else { "bars" }, self.misses.join("; ")))
    }
}

/// A table in Markdown.
pub(crate) struct Table(Vec<Vec<String>>);

impl Table {
    pub(crate) fn new<const N: usize>(headings: [&str; N]) -> Self {
        Self(vec![headings.map(str::to_owned).to_vec(), vec!["---".to_owned(); N]])
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        // Said at once too, for those who wait.
        eprintln!("  {}", cells.join(" · "));
        self.0.push(cells.to_vec());
    }

    pub(crate) fn print(&self) {
        println!("\n{self}");
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.0 {
            let cells: Vec<_> = row.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
            writeln!(f, "| {} |", cells.join(" | "))?;
        }
        Ok(())
    }
}

/// Times, to the microsecond, of which percentiles are wanted.
#[derive(Clone)]
pub(crate) struct Times(Histogram<u64>);

impl Default for Times {
    fn default() -> Self {
        // Three digits are asked for, which is allowed.
        #[expect(clippy::expect_used)]
        Self(Histogram::new(3).expect("a histogram of three digits"))
    }
}

impl Times {
    pub(crate) fn add(&mut self, time: Duration) {
        // It grows as it must, so nothing is too long for it.
        let _ = self.0.record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    pub(crate) fn join(&mut self, other: &Self) {
        let _ = self.0.add(&other.0);
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    pub(crate) fn at(&self, percent: f64) -> Duration {
        Duration::from_micros(self.0.value_at_percentile(percent))
    }

    pub(crate) fn max(&self) -> Duration {
        Duration::from_micros(self.0.max())
    }

    /// "p50 / p95 / p99" in milliseconds.
    pub(crate) fn percentiles(&self) -> String {
        if self.0.is_empty() {
            return "none".to_owned();
        }
        [50.0, 95.0, 99.0].map(|percent| milliseconds(self.at(percent))).join(" / ")
    }
}

/// In milliseconds, with a digit after the point where it tells something.
pub(crate) fn milliseconds(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if ms < 10.0 { format!("{ms:.1}") } else { format!("{ms:.0}") }
}

/// In MiB.
pub(crate) fn mebibytes(bytes: u64) -> String {
    format!("{:.0}", bytes as f64 / f64::from(1 << 20))
}

/// The middle one, or the higher of the two in the middle; 0 of nothing.
pub(crate) fn median(values: &[u64]) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// The slope of the straight line of least squares through evenly spaced values: units a step.
pub(crate) fn slope(values: &[u64]) -> f64 {
    let n = values.len() as f64;
    let (middle, mean) = ((n - 1.0) / 2.0, values.iter().sum::<u64>() as f64 / n.max(1.0));
    let deviations = values.iter().enumerate().map(|(i, &value)| (i as f64 - middle, value as f64 - mean));
    let (over, under) = deviations.fold((0.0, 0.0), |(over, under), (x, y)| (x.mul_add(y, over), x.mul_add(x, under)));
    if under > 0.0 { over / under } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_slopes() {
        assert_eq!(median(&[]), 0);
        assert_eq!(median(&[3, 1, 2]), 2);
        assert_eq!(slope(&[7]), 0.0);
        assert!((slope(&[1, 3, 5, 7]) - 2.0).abs() < 1e-12);
        assert!((slope(&[4, 4, 4]) - 0.0).abs() < 1e-12);
    }

    #[test]
    fn percentiles() {
        let mut times = Times::default();
        assert_eq!(times.percentiles(), "none");
        (1..=100).for_each(|ms| times.add(Duration::from_millis(ms)));
        let mut more = Times::default();
        more.add(Duration::from_secs(100));
        times.join(&more);
        assert_eq!((times.count(), times.max().as_secs()), (101, 100));
        assert_eq!(times.percentiles(), "51 / 96 / 100");
    }

    #[test]
    fn short_forms_do_not_time() {
        let mut report = Report::new(false);
        report.timed_bar(false, || "slow".into());
        assert!(report.verdict().is_ok());
        let mut report = Report::new(true);
        report.timed_bar(false, || "slow".into());
        report.bar(false, || "wrong".into());
        assert_eq!(report.verdict().unwrap_err(), "bars missed: slow; wrong");
    }
}
