//! A hash that is the same on every platform and in every release.

/// FNV-1a, 64 bits: stable across platforms and releases, unlike the standard library's hashers.
pub(crate) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ byte as u64).wrapping_mul(0x0000_0100_0000_01b3);
    }
    pub(crate) fn text(&mut self, text: &str) {
        text.bytes().for_each(|b| self.byte(b));
        self.byte(0xff);
    }
    pub(crate) fn number(&mut self, number: u64) {
        number.to_le_bytes().into_iter().for_each(|b| self.byte(b));
    }
    pub(crate) fn finish(&self) -> u64 {
        self.0
    }
    pub(crate) fn of(bytes: &[u8]) -> u64 {
        let mut hash = Fnv::default();
        bytes.iter().for_each(|b| hash.byte(*b));
        hash.0
    }
}
