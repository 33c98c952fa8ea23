//! Exchanges that order zeros and ones order everything.

use rotifer_kernels::common::small_median::*;

/// The first pixel of a row.
fn median(rows: &[Vec<u8>]) -> u8 {
    let rows: Vec<&[u8]> = rows.iter().map(Vec::as_slice).collect();
    let mut out = [0u8];
    match rows.len() {
        3 => of_3_by_3(&rows, &mut Vec::new(), &mut out),
        _ => of_5_by_5(&rows, &mut Vec::new(), &mut out),
    }
    out[0]
}

#[test]
fn three_by_three() {
    for bits in 0..1u32 << 9 {
        let row = |y: u32| (0..3).map(|x| (bits >> (3 * y + x) & 1) as u8).collect();
        let rows: Vec<Vec<u8>> = (0..3).map(row).collect();
        assert_eq!(median(&rows), (bits.count_ones() > 4) as u8, "{rows:?}");
    }
}

#[test]
fn five_by_five() {
    for bits in 0..1u32 << 5 {
        let v = five([0, 1, 2, 3, 4].map(|i| (bits >> i & 1) as u8));
        assert!(v.is_sorted() && v.iter().sum::<u8>() == bits.count_ones() as u8, "{v:?}");
    }
    // The order that sorted columns and then rows leave: in no row more ones than in the one below.
    let mut tables = 0;
    for ones in 0..6u32.pow(5) {
        let ones = [0, 1, 2, 3, 4].map(|y| (ones / 6u32.pow(y) % 6) as usize);
        if !ones.is_sorted() {
            continue;
        }
        let rows = ones.map(|n| (0..5).map(|x| (x >= 5 - n) as u8).collect::<Vec<_>>());
        assert_eq!(median(&rows), (ones.iter().sum::<usize>() > 12) as u8, "{rows:?}");
        tables += 1;
    }
    assert_eq!(tables, 252);
}
