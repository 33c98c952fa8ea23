// Which element or line a thread works on, and the z, y, x of an element.

// Element of a dispatch made by `over`: workgroups of 256 in rows.
fn linear_index(workgroup: vec3<u32>, groups: vec3<u32>, local: u32) -> u32 {
    return (workgroup.y * groups.x + workgroup.x) * 256u + local;
}

// Item of a dispatch made by `groups`: one workgroup each.
fn group_index(workgroup: vec3<u32>, groups: vec3<u32>) -> u32 {
    return workgroup.y * groups.x + workgroup.x;
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
