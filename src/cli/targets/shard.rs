//! The division of targets into shards.

use std::cmp::Reverse;
use std::str::FromStr;

/// A shard of the targets: `2/5` is the second of five.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Counted from zero.
    index: usize,
    count: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse::<usize>().ok()?, n.parse::<usize>().ok()?)));
        match parts {
            Some((number, count)) if (1..=count).contains(&number) => Ok(Shard { index: number - 1, count }),
            _ => Err("expected I/N with I from 1 to N, such as 1/4".to_string()),
        }
    }
}

impl Shard {
    /// Returns the targets of this shard, in their order. All machines compute the same shards if they have the same files.
    pub fn select(self, targets: Vec<String>, costs: &[u64]) -> Vec<String> {
        let shards = divide(costs, self.count);
        targets.into_iter().zip(shards).filter(|(_, shard)| *shard == self.index).map(|(target, _)| target).collect()
    }
}

/// Assigns each cost to one of `count` shards: the largest cost first, each to the shard with the lowest total so far.
fn divide(costs: &[u64], count: usize) -> Vec<usize> {
    // Shards beyond the number of targets are empty.
    let count = count.min(costs.len());
    let mut order: Vec<usize> = (0..costs.len()).collect();
    order.sort_by_key(|&at| (Reverse(costs[at]), at));
    let mut loads = vec![(0, 0); count];
    let mut shards = vec![0; costs.len()];
    for at in order {
        let lowest = (0..count).min_by_key(|&shard| loads[shard]).unwrap_or(0);
        // Shards with equal costs are compared by their number of targets.
        loads[lowest] = (loads[lowest].0 + costs[at], loads[lowest].1 + 1);
        shards[at] = lowest;
    }
    shards
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_even_and_the_same_everywhere() {
        let costs: Vec<u64> = (0..1000).map(|n| 1000 + n * 7919 % 5000).collect();
        let shards = divide(&costs, 7);
        assert_eq!(shards, divide(&costs, 7));
        let loads = (0..7).map(|shard| costs.iter().zip(&shards).filter(|(_, s)| **s == shard).map(|(c, _)| c).sum());
        let loads: Vec<u64> = loads.collect();
        let (least, most) = (loads.iter().min().unwrap(), loads.iter().max().unwrap());
        assert!(most - least <= 6000, "{loads:?}");
        assert_eq!(divide(&[0; 6], 3), [0, 1, 2, 0, 1, 2]);
        assert_eq!(divide(&[1], 3), [0]);
        assert_eq!(divide(&[1, 2], usize::MAX), [1, 0]);
        assert!(divide(&[], 3).is_empty());
    }

    #[test]
    fn shards_are_written_as_fractions() {
        assert_eq!("2/5".parse(), Ok(Shard { index: 1, count: 5 }));
        for wrong in ["0/5", "6/5", "1", "a/b", "1/0", "-1/2"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
