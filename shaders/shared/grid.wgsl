// Which element or line a thread works on, and the z, y, x of an element.

// Workgroups in a row of a dispatch that has several. A constant, since DirectX has no count of workgroups outside an
// entry point.
const ROW = 65535u;

// A thread's place in its dispatch.
struct Thread {
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
}

// Element of a dispatch made by `over`: workgroups of 256 in rows.
fn linear_index(thread: Thread) -> u32 {
    return group_index(thread) * 256u + thread.local;
}

// Item of a dispatch made by `groups`: one workgroup each.
fn group_index(thread: Thread) -> u32 {
    return thread.workgroup.y * ROW + thread.workgroup.x;
}

// shape is z, y, x.
fn position(index: u32, shape: vec3<u32>) -> vec3<u32> {
    let x = index % shape.z;
    let rest = index / shape.z;
    return vec3<u32>(rest / shape.y, rest % shape.y, x);
}

fn offset(p: vec3<u32>, shape: vec3<u32>) -> u32 {
    return (p.x * shape.y + p.y) * shape.z + p.z;
}
