// Whole numbers of 32-bit limbs, lowest first, and atomic sums of them: the same in any order of additions.
// The including shader declares `sums: array<atomic<u32>>`.

fn wide_mul(a: u32, b: u32) -> vec2<u32> {
    let low = (a & 0xffffu) * (b & 0xffffu);
    let left = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
    let right = (a & 0xffffu) * (b >> 16u) + (left & 0xffffu);
    let high = (a >> 16u) * (b >> 16u) + (left >> 16u) + (right >> 16u);
    return vec2<u32>((right << 16u) | (low & 0xffffu), high);
}

fn wide_add(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    let low = a.x + b.x;
    return vec2<u32>(low, a.y + b.y + u32(low < a.x));
}

// Adds to one limb; gives the carry.
fn add_limb(at: u32, value: u32) -> u32 {
    if (value == 0u) {
        return 0u;
    }
    let before = atomicAdd(&sums[at], value);
    return u32(before + value < before);
}

fn add_2_limbs(at: u32, value: vec2<u32>) {
    let carry = add_limb(at, value.x);
    add_limb(at + 1u, value.y + carry);
}

fn add_3_limbs(at: u32, value: vec3<u32>) {
    let carry = add_limb(at, value.x);
    let middle = value.y + carry;
    let second = u32(middle < carry) + add_limb(at + 1u, middle);
    add_limb(at + 2u, value.z + second);
}
