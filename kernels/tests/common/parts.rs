use rotifer_kernels::common::parts::*;

#[test]
fn every_pixel_is_written_once_and_parts_stay_in_their_plane() {
    for (planes, len, part) in [(1, 10, 4), (3, 7, 3), (5, 4, 9), (2, 1, 1), (0, 5, 2), (4, 0, 2)] {
        let got = by_parts(
            planes,
            len,
            part,
            0,
            || (),
            |_, plane, first, out: &mut [usize]| {
                assert!(first + out.len() <= len && out.len() <= part.max(1));
                out.iter_mut().enumerate().for_each(|(i, o)| *o = 100 * plane + first + i);
            },
        );
        let want: Vec<usize> = (0..planes).flat_map(|p| (0..len).map(move |i| 100 * p + i)).collect();
        assert_eq!(got, want);
    }
    assert_eq!(by_pixels(10_000, |i| i), (0..10_000).collect::<Vec<_>>());
}
