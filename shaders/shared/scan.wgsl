// Prefix sums over the 256 threads of a workgroup. Every thread of the workgroup calls.

var<workgroup> scan_values: array<u32, 256>;

// Sum of the values of the threads up to and with this one.
fn inclusive_scan(value: u32, local: u32) -> u32 {
    var sum = value;
    scan_values[local] = sum;
    workgroupBarrier();
    for (var step = 1u; step < 256u; step = step * 2u) {
        if (local >= step) {
            sum += scan_values[local - step];
        }
        workgroupBarrier();
        scan_values[local] = sum;
        workgroupBarrier();
    }
    return sum;
}

// The same of the last thread: the sum of all. Valid until the next scan.
fn scan_total() -> u32 {
    return scan_values[255];
}
